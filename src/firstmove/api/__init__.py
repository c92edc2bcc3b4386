"""JSON for programs: one router a domain, OpenAPI from the types, every error a problem document (RFC 9457)."""
