#!/usr/bin/env bash
# Deno with the command line of Node, as far as the tests use it when they start a program of their own: [flags] --eval program
flags=()
program=
while [ $# -gt 0 ]; do
  case "$1" in
    --eval) program=$2 && shift ;;
    --conditions=*) flags+=("$1") ;;
    --version) exec "$DENO" --version ;;
    --input-type=module | --no-warnings) ;;
    --*) flags+=("--v8-flags=$1") ;;
  esac
  shift
done
exec "$DENO" eval --node-modules-dir=manual "${flags[@]}" "$program"
