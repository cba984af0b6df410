#!/bin/sh
# Installs the official client of AWS Lambda's Runtime API for Node.js into the folder $1, once.
set -e
test -f "$1/node_modules/aws-lambda-ric/dist/rapid-client.node" && exit 0
# It is compiled against the headers of the Node.js that is there (Debian: libnode-dev); without
# them npm fetches them from nodejs.org.
prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
test -f "$prefix/include/node/node.h" && export npm_config_nodedir="$prefix"
exec npm install aws-lambda-ric@3.3.0 --prefix "$1" --no-audit --no-fund
