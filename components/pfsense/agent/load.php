<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* What follows a write: pf and FRR take the config over, and are asked whether they have. */

/**
 * Generates, checks, and waits for the daemons; a note for the message, or Failed. The same config
 * twice stands for a change whose beginning is not known: then everything is done.
 */
function take_over(array $before, array $written, array $request): string
{
    step('generate');
    $again = $before === $written;
    if ($again || at($before, RULES) !== at($written, RULES) || at($before, ALIASES) !== at($written, ALIASES)) {
        \filter_configure();
    }
    if (!function_exists('frr_generate_config')) {
        return 'the FRR package is not installed any more';
    }
    $names = names_of($request, $before, $written) + (begun_change() ?? []);
    if (!$again && !concerns_frr($before, $written) && runs_as_written($written, $request, $names)) {
        return '';
    }
    return generated($again ? [] : $before, $written, $request, $names);
}

/**
 * Ends what has to end, generates, and waits for the daemons.
 *
 * @param array<string, true> $names of our entries
 */
function generated(array $before, array $written, array $request, array $names): string
{
    $then = $before === [] ? $written : $before;
    if (must_let_go($then, $written, $names)) {
        let_go($then, $written, $names);
    }
    generate();
    return switched_on($written, 'frr') ? loaded($before, $written, $request, $names) : left_behind($written, array_diff_key($names, our_names($request['wanted']['owner'], $written)));
}

/**
 * FRR's side of a change: its file is good, and the daemons run it.
 *
 * @param array<string, true> $names of our entries
 */
function loaded(array $before, array $written, array $request, array $names): string
{
    require_good_file($written, $request);
    if (frr_is_stopped($written)) {
        return 'FRR is stopped here, this firewall being the standby side of a CARP pair';
    }
    step('reload');
    $problem = wait_for_frr($names);
    if ($problem !== null) {
        throw new Failed("FRR did not take the change over: $problem");
    }
    refresh_routes(neighbours_to_refresh($before, $written, $request['wanted']['owner']));
    return '';
}

function require_good_file(array $written, array $request): void
{
    $problem = $request['action'] === 'remove' ? null : generated_problem($written, $request['wanted']['owner']);
    if ($problem !== null) {
        throw new Failed($problem);
    }
    $problem = syntax_problem();
    if ($problem !== null) {
        throw new Failed("FRR refuses $problem");
    }
}

/** pfSense's one entry point: it writes frr.conf and starts a reload or a restart in the background, and reports nothing. */
function generate(): void
{
    try {
        \frr_generate_config();
    } catch (\Throwable $error) {
        throw new Failed('frr_generate_config() stopped with ' . get_class($error));
    }
}
