<?php

declare(strict_types=1);

namespace MetallbPfsense;

/** Does what the supervisor asked for and tells it the result; pfSense's library is loaded by now. */
function worker(array $job, bool $installed): never
{
    $request = $job['request'];
    step('read');
    try {
        $host = versions();
        $problems = library_problems($host['package']);
        if ($problems !== []) {
            throw new Refused($problems);
        }
        $result = $job['undo'] !== null ? undo($request, $job['undo']) : match ($request['action']) {
            'apply', 'remove' => change($request, $job['tell']),
            'observe' => observe($request),
            'check' => check($request),
        };
        $result['host'] = $host + ['carp' => carp_state(loaded_config())];
    } catch (Stop $stop) {
        $result = stop_result($stop);
    } catch (\Throwable $error) {
        /* Its text could hold a value of the config. */
        $where = basename($error->getFile()) . ' line ' . $error->getLine();
        $result = stop_result(new Failed('the agent stopped with ' . get_class($error) . " in $where"));
    }
    $result = $installed ? with_package($result) : $result;
    $job['tell'](['result' => $result + ['timings' => step('end')]]);
    exit(0);
}
