<?php

/*
 * Gate for a restricted SSH key (docs/firewall.md, "A restricted SSH key"): runs what arrives on
 * standard input only if it is the agent of one release, whatever its payload says. The agent
 * checks the payload itself. The argument is the agent's digest.
 */

declare(strict_types=1);

const PAYLOAD = '/^\$metallb_pfsense_payload = \'[A-Za-z0-9+\/=]*\';\n/m';

$script = (string) file_get_contents('php://stdin');
$code = preg_replace(PAYLOAD, '', $script, 1);
if (!is_string($code) || !hash_equals($argv[1] ?? '', hash('sha256', $code))) {
    echo "refused: this key runs the agent of one release only; install the digest of this release on the firewall\n";
    exit(3);
}
preg_match('/ -- (apply|remove|observe|check)(?: ([0-9a-z]{1,12}))?\z/', (string) getenv('SSH_ORIGINAL_COMMAND'), $asked);
$command = [PHP_BINARY, '-q', '--', ...array_slice($asked, 1)];
$agent = proc_open($command, [['pipe', 'r'], STDOUT, STDERR], $pipes);
fwrite($pipes[0], $script);
fclose($pipes[0]);
exit(proc_close($agent));
