#!/bin/sh
# Makes the secrets of compose.yaml in secrets/ beside this file, each once: what is there stays.
# The folder is for its owner alone; the files in it can be read by whichever user a container runs as.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets

# openssl tells of each step; that is of interest when one fails.
quietly() { "$@" 2>"$work/said" || { cat "$work/said" >&2; return 1; }; }
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

for name in postgres redress temporal grafana; do
  file=secrets/${name}_password
  [ -e "$file" ] || (umask 022 && random >"$file")
done
[ -e secrets/redress.yaml ] || (umask 022 && cat >secrets/redress.yaml <<EOF
database: postgres://redress:$(cat secrets/redress_password)@postgres:5432/redress?sslmode=disable
EOF
)

# An authority, whose key no container sees, and one certificate for all who speak with each other. Delete the latter's files for a new one.
work=$(mktemp -d secrets/.new.XXXXXX)
trap 'rm -rf "$work"' EXIT
cat >"$work/config" <<EOF
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[roles]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:redress, DNS:intake, DNS:routing, DNS:remedy, DNS:followup, DNS:review, DNS:gateway, DNS:worker, DNS:temporal, DNS:localhost, IP:127.0.0.1
EOF
if [ ! -e secrets/tls_ca ] || [ ! -e secrets/tls_ca_key ]; then
  quietly openssl req -x509 -config "$work/config" -extensions authority -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -days 3650 -subj "/CN=Redress on this host" -keyout "$work/ca_key" -out "$work/ca"
  chmod 644 "$work/ca"
  rm -f secrets/tls_cert secrets/tls_key
  mv "$work/ca_key" secrets/tls_ca_key
  mv "$work/ca" secrets/tls_ca
fi
if [ ! -e secrets/tls_cert ] || [ ! -e secrets/tls_key ]; then
  quietly openssl req -new -config "$work/config" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj "/CN=redress" -keyout "$work/key" -out "$work/request"
  quietly openssl x509 -req -in "$work/request" -CA secrets/tls_ca -CAkey secrets/tls_ca_key -set_serial "0x$(random | cut -c1-30)" \
    -days 825 -extfile "$work/config" -extensions roles -out "$work/cert"
  chmod 644 "$work/key" "$work/cert"
  mv "$work/key" secrets/tls_key
  mv "$work/cert" secrets/tls_cert
fi
echo "ready: secrets in $(pwd)/secrets"
