#!/usr/bin/env bash
# PHP side of the tests: syntax, unit tests, mess detector; each where its program is installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v php > /dev/null; then
    echo "php is not installed: the firewall agent's own tests are left out"
    exit 0
fi
printf '%s\0' components/pfsense/agent/*.php test/agent/*.php docs/*.php | xargs -0 -n 1 -P 4 php -l > /dev/null
if command -v phpunit > /dev/null; then
    phpunit --bootstrap test/agent/bootstrap.php --no-configuration --colors=never \
        --fail-on-warning --fail-on-risky --cache-result-file=/dev/null test/agent
else
    echo "phpunit is not installed: unit tests of the firewall agent are left out"
fi
if command -v phpmd > /dev/null; then
    phpmd components/pfsense/agent text test/agent/phpmd.xml
else
    echo "phpmd is not installed: the mess detector is left out"
fi
