<?php

declare(strict_types=1);

/* Loads the agent's parts without the last one, which is the program. */

$parts = [
    'header', 'process', 'values', 'payload', 'config', 'entries', 'ahead', 'rules', 'globals', 'bfd', 'record', 'identity',
    'changes', 'refusals', 'frr', 'effect', 'sessions', 'leave', 'package', 'write', 'load', 'apply', 'undo', 'report', 'supervise', 'worker',
];
foreach ($parts as $part) {
    require_once __DIR__ . "/../../components/pfsense/agent/$part.php";
}
require_once __DIR__ . '/Samples.php';
