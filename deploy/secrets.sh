#!/bin/sh
# Makes, once, what compose.yaml needs: the files of secrets/ beside it, and a keyring for each service in its
# volume. The images are there already. The folder is its owner's alone; what is in it can be read by the users of the
# containers, each of which gets the files that it needs.
set -eu
umask 077
cd "$(dirname "$0")"
bridge=${BRIDGE:-docker run --rm --volume cimplify-link-bridge-keys:/keys cimplify-link-bridge}
link_api=${LINK_API:-docker run --rm --volume cimplify-link-api-keys:/keys cimplify-link-api}
folder=${SECRETS:-secrets}

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

if [ -e "$folder" ]; then # new ones would fit neither keyring nor database
  echo "secrets.sh: $folder is there already; to begin anew, remove it and the volumes of the keyrings and the database" >&2
  exit 1
fi
# First what an image that is missing stops; nothing is made by then.
bridge_rights=$($bridge redis-acl)
link_api_rights=$($link_api redis-acl)
mkdir "$folder"
for_bridge=$(random) for_link_api=$(random) for_database=$(random)
cd "$folder"
umask 022
printf '%s' "$(random)" > bridge-token
printf '%s' "$for_database" > database-password
printf '%s' "postgresql://link:$for_database@postgres/link" > database-url
printf '%s' "redis://elements-bridge:$for_bridge@redis" > bridge-redis-url
printf '%s' "redis://link-api:$for_link_api@redis" > link-api-redis-url
{
  echo 'user default on nopass resetkeys resetchannels -@all +ping'
  echo "$bridge_rights >$for_bridge"
  echo "$link_api_rights >$for_link_api"
} > redis-users
$bridge keys init /keys/keyring.json
$link_api keys init /keys/keyring.json
