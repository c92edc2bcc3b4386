"""What every room stands on: data folder, database, tenancy, errors, money, dates, outbox, audit, tasks."""
