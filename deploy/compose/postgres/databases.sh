#!/bin/bash
# Run once by the image of PostgreSQL, on empty data: a user and databases for Redress, and others for Temporal.
set -euo pipefail

psql --set ON_ERROR_STOP=1 --username postgres \
  --set redress="$(cat /run/secrets/redress_password)" --set temporal="$(cat /run/secrets/temporal_password)" <<'EOF'
CREATE ROLE redress LOGIN PASSWORD :'redress';
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE redress OWNER redress;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
EOF
