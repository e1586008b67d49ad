#!/bin/sh
# Starts a PostgreSQL of its own in a temporary folder and prints its URL, for TRUEUP_TEST_POSTGRES:
#     export TRUEUP_TEST_POSTGRES="$(tests/postgres.sh start /tmp/pg)"
#     cargo test --release state
#     tests/postgres.sh stop /tmp/pg
# It listens on 127.0.0.1 only; nothing of it outlives its folder.
set -eu

usage() {
    echo "usage: $0 start|stop FOLDER" >&2
    exit 2
}

[ $# -eq 2 ] || usage
folder=$2
port=${TRUEUP_TEST_POSTGRES_PORT:-54329}
newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
PATH="${newest:+$newest:}$PATH"

# PostgreSQL does not run as root.
as_user() {
    if [ "$(id -u)" -eq 0 ]; then
        su postgres -s /bin/sh -c "PATH='$PATH'; $*"
    else
        sh -c "$*"
    fi
}

case $1 in
start)
    mkdir -p "$folder"
    [ "$(id -u)" -ne 0 ] || chown postgres "$folder"
    as_user "initdb --pgdata='$folder/data' --username=trueup --auth=trust --encoding=UTF8 --no-sync" >&2
    as_user "pg_ctl --pgdata='$folder/data' --log='$folder/log' --wait \
        --options='-h 127.0.0.1 -p $port -k $folder -c fsync=off -c max_connections=200' start" >&2
    echo "postgres://trueup@127.0.0.1:$port/postgres"
    ;;
stop)
    as_user "pg_ctl --pgdata='$folder/data' --mode=immediate stop" >&2
    ;;
*) usage ;;
esac
