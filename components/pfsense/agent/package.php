<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * The FRR package, where it is missing and the stack asks for it: installed by pfSense's own function,
 * from the repository that pfSense uses, whose own steps register it in config.xml. It stays when our
 * entries go.
 */

const PACKAGE_NAME = 'pfSense-pkg-frr';
const PACKAGE_SENTENCE = 'the FRR package installed';

/** What is left in config.xml after somebody removed the package can still be taken away. */
function require_package(array $request): void
{
    $may = $request['action'] === 'remove' || ($request['action'] !== 'check' && package_missing($request));
    if (!is_file(FRR_PACKAGE) && !$may) {
        throw new Refused(['The FRR package is missing: install it in System > Package Manager > Available Packages, or set pfsense.installPackage: true.']);
    }
}

function package_missing(array $request): bool
{
    clearstatcache(true, FRR_PACKAGE);
    return !is_file(FRR_PACKAGE) && ($request['wanted']['installPackage'] ?? false);
}

/** True when this worker has to install the package first; pkg-utils.inc is loaded by then. */
function installs_package(array $job): bool
{
    return $job['undo'] === null && $job['request']['action'] === 'apply' && package_missing($job['request']);
}

/** Installs it and shows what pfSense says meanwhile on standard error; ends the worker when it cannot be had. */
function install_package(array $job): void
{
    $job['tell'](['step' => 'pkg_install()']);
    step('package');
    $said = '';
    ob_start(function (string $text) use (&$said): string {
        $said .= $text;
        show_progress($text);
        return '';
    }, 1);
    try {
        \pkg_install(PACKAGE_NAME);
    } catch (\Throwable $error) {
        $said .= 'pkg_install() stopped with ' . get_class($error);
    }
    ob_end_clean();
    if (package_missing($job['request'])) {
        $lines = plain_lines($said);
        $last = end($lines) ?: 'it gave no reason';
        $failed = new Failed("pfSense could not install the FRR package: $last; nothing else was changed");
        $job['tell'](['result' => stop_result($failed) + ['timings' => step('end')]]);
        exit(0);
    }
}

function show_progress(string $text): void
{
    /* Opened once: PHP closes the very standard error with the first handle. */
    static $stderr = null;
    $stderr ??= fopen('php://stderr', 'w');
    foreach (plain_lines($text) as $line) {
        fwrite($stderr, "FRR package: $line\n");
    }
}

/** @return list<string> */
function plain_lines(string $text): array
{
    $lines = explode("\n", (string) preg_replace('/[^ -~\n]/', '', $text));
    return array_values(array_filter(array_map(fn (string $line) => substr(trim($line), 0, 200), $lines)));
}

/** The result of a run that has installed the package, whatever came after it. */
function with_package(array $result): array
{
    $changed = ($result['exit'] ?? EXIT_OK) === EXIT_OK;
    return [
        'outcome' => $changed ? 'changed' : $result['outcome'],
        'changes' => [PACKAGE_SENTENCE, ...($result['changes'] ?? [])],
        'message' => $changed ? PACKAGE_SENTENCE . "; {$result['message']}" : "{$result['message']}; " . PACKAGE_SENTENCE,
    ] + $result;
}
