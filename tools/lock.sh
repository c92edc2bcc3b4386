#!/bin/sh
# Write all lock files anew from pyproject.toml: hashes, and no registry's address.
set -e
cd "$(dirname "$0")/.."
unset PIP_FIND_LINKS
compile="uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 pyproject.toml"
$compile --extra build --output-file requirements.lock
$compile --extra build --extra dev --constraint requirements.lock --output-file requirements-dev.lock
$compile --extra cluster --constraint requirements.lock --output-file requirements-cluster.lock
$compile --extra oracle --output-file requirements-oracle.lock
