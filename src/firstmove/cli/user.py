"""`firstmove user`: people, for whoever runs the machine."""

import argparse
import secrets


def arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    add = acts.add_parser("add", help="make a person who can sign in")
    add.add_argument("--email", required=True)
    add.add_argument("--name", required=True)
    add.add_argument(
        "--role", required=True, choices=["admin", "channel", "planner", "owner", "buyer", "staff", "supplier"]
    )
    add.add_argument("--dealer", metavar="CODE", help="of owner, buyer and staff")
    add.add_argument("--supplier", metavar="CODE", help="of suppliers")
    add.add_argument("--password", help="default: one is made and printed")
    add.add_argument("--language", choices=["zh-hans", "en"], default="zh-hans")
    acts.add_parser("list", help="everybody who can sign in")
    reset = acts.add_parser("reset", help="give somebody a new password")
    reset.add_argument("--email", required=True)
    reset.add_argument("--password", help="default: one is made and printed")


def run(options: argparse.Namespace) -> int:
    from firstmove.cli.console import console
    from firstmove.cli.database import ready

    with ready():
        from firstmove.domains.network import operations, queries
        from firstmove.kernel import tenancy

        if options.act == "list":
            with tenancy.scope(tenancy.SYSTEM):
                people = queries.users()
            for person in people:
                party = person.dealer_name or person.supplier_name
                state = "left" if person.left_at else "invited" if person.invited else "active"
                console.print(
                    f"{person.email:36} {person.role:9} {state:8} {person.name}{f' ({party})' if party else ''}"
                )
            return 0
        password = options.password or secrets.token_urlsafe(12)
        if options.act == "add":
            operations.add_user(
                email=options.email,
                name=options.name,
                role=options.role,
                password=password,
                dealer_code=options.dealer,
                supplier_code=options.supplier,
                language=options.language,
            )
        else:
            operations.reset_password(email=options.email, password=password)
        console.print(f"{options.email} can sign in" + ("" if options.password else f" with the password {password}"))
    return 0
