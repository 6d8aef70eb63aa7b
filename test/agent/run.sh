#!/usr/bin/env bash
# PHP side of the tests: syntax, unit tests, mess detector; each where its program is installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v php > /dev/null; then
    echo "php is not installed: the firewall agent's own tests are left out"
    exit 0
fi
for file in components/agent/*.php test/agent/*.php docs/*.php; do
    php -l "$file" | grep -v '^No syntax errors' || true
    php -l "$file" > /dev/null
done
if command -v phpunit > /dev/null; then
    phpunit --bootstrap test/agent/bootstrap.php --no-configuration --colors=never \
        --fail-on-warning --fail-on-risky --cache-result-file=/dev/null test/agent
else
    echo "phpunit is not installed: unit tests of the firewall agent are left out"
fi
if command -v phpmd > /dev/null; then
    phpmd components/agent text test/agent/phpmd.xml
else
    echo "phpmd is not installed: the mess detector is left out"
fi
