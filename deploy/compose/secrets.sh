#!/bin/sh
# Makes the secrets of compose.yaml in secrets/ beside this file, each once: what is there stays.
# The folder is for its owner alone; the files in it can be read by whichever user a container runs as.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

for name in postgres redress temporal grafana; do
  file=secrets/${name}_password
  [ -e "$file" ] || (umask 022 && random >"$file")
done
[ -e secrets/redress.yaml ] || (umask 022 && cat >secrets/redress.yaml <<EOF
database: postgres://redress:$(cat secrets/redress_password)@postgres:5432/redress?sslmode=disable
EOF
)
echo "ready: secrets in $(pwd)/secrets"
