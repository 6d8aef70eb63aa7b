<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * Letting go. pfSense's package does nothing at all once the section of FRR is gone, and it writes
 * the new list of daemons before the stop script reads it: in both cases a daemon that shall not run
 * goes on, with our neighbours in it (frr_generate_config_rcfile, frr_service_action; rc.d/frr of
 * the FreeBSD port). So what shall end is ended while its list still stands, and the daemons, the
 * kernel and the rc files are asked afterwards; config.xml says nothing about them.
 */

const FRR_KEYS_TO_DELETE = '/var/etc/frr/frr_md5pw_del.conf';
const RC_SCRIPT = '/usr/local/etc/rc.d/frr.sh';

const SECTION_DAEMONS = ['frr' => 'zebra', 'frrbgp' => 'bgpd', 'frrbfd' => 'bfdd'];

/**
 * True when this step switches a part of FRR off, or an earlier one that was cut off did and left
 * its daemon running with our entries.
 *
 * @param array<string, true> $names of our entries
 */
function must_let_go(array $before, array $written, array $names): bool
{
    $off = array_filter(GLOBAL_SECTIONS, fn (string $section) => !switched_on($written, $section));
    if (array_filter($off, fn (string $section) => switched_on($before, $section)) !== []) {
        return true;
    }
    $surplus = array_intersect(running_daemons(), array_map(fn (string $section) => SECTION_DAEMONS[$section], $off));
    return $surplus !== [] && lines_left($names) !== [];
}

/**
 * @param array<string, true> $names
 * @return array<string, true> lines about them in what FRR's daemons run
 */
function lines_left(array $names): array
{
    return running_daemons() === [] ? [] : our_lines((string) vtysh('show running-config'), $names);
}

/**
 * Ends FRR's daemons under the list by which they were started. Where that does not end them, they
 * are made to forget our entries by a reload, which no other session notices.
 *
 * @param array<string, true> $names of our entries
 */
function let_go(array $before, array $written, array $names): void
{
    /* A start that is under way would bring back what is ended here. */
    poll(fn () => frr_busy() ? null : true, seconds_left() / 2);
    if (is_file(FRR_RC_CONF)) {
        run([RC_SCRIPT, 'stop'], min(60.0, seconds_left()));
    }
    if (lines_left($names) === []) {
        forget_keys();
        return;
    }
    $held = $written;
    foreach (GLOBAL_SECTIONS as $section) {
        $held = with_or_without($held, "installedpackages/$section", at($before, "installedpackages/$section"));
    }
    load_changes($written, $held);
    generate();
    $problem = wait_for_frr($names);
    load_changes($held, $written);
    if ($problem !== null) {
        throw new Failed("FRR did not let go of our entries: $problem");
    }
}

/** With none of our neighbours left that could use them: the package deletes keys by its old file only where it does not restart FRR. */
function forget_keys(): void
{
    if (is_file(FRR_KEYS_TO_DELETE)) {
        run(['setkey', '-f', FRR_KEYS_TO_DELETE], 15);
    }
}

/**
 * What is still there after FRR was switched off: a daemon without a list lives on until the next
 * start of the firewall. Failed when it still has entries of ours, or the kernel their routes.
 *
 * @param array<string, true> $names of our entries
 * @return string a note for the message, '' when nothing is left
 */
function left_behind(array $written, array $names): string
{
    if (at($written, 'installedpackages/frr') === null && is_file(FRR_RC_CONF) && !@unlink(FRR_RC_CONF)) {
        throw new Failed(FRR_RC_CONF . ' cannot be removed, and FRR would start with the firewall');
    }
    $daemons = running_daemons();
    $lines = lines_left($names);
    if ($lines !== []) {
        throw new Failed('FRR still has ' . count($lines) . ' lines of our entries although it is switched off');
    }
    $routes = poll(fn () => routes_through(array_keys($names)) === 0 ? true : null, min(10.0, seconds_left()));
    if ($routes === null) {
        throw new Failed('the kernel still has ' . routes_through(array_keys($names)) . ' routes through our neighbours');
    }
    return $daemons === [] ? '' : 'FRR idles (' . implode(', ', $daemons) . ') without neighbours of ours until the next start of the firewall';
}

/**
 * Number of the kernel's routes that FRR has set (flag 1) with one of these next hops.
 *
 * @param list<string> $addresses
 */
function routes_through(array $addresses): int
{
    [, $table] = run(['netstat', '-rnW'], 15);
    $count = 0;
    foreach (explode("\n", $table) as $line) {
        [, $gateway, $flags] = words($line) + ['', '', ''];
        $count += str_contains($flags, '1') && in_array(canonical($gateway), $addresses, true) ? 1 : 0;
    }
    return $count;
}
