<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* Time limits and other programs. */

/** Seconds of a clock that nobody sets. */
function now(): float
{
    return hrtime(true) / 1e9;
}

/** The moment this process has to be done; set once by the supervisor. */
function deadline(?float $moment = null): float
{
    static $end = PHP_FLOAT_MAX;
    return $end = $moment ?? $end;
}

function seconds_left(): float
{
    return max(0.0, deadline() - now());
}

/**
 * Notes the step this process is at from now on; gives the milliseconds of those that are over.
 *
 * @return array<string, int>
 */
function step(string $name): array
{
    static $spent = [], $current = '', $since = 0.0;
    $now = now();
    if ($current !== '') {
        $spent[$current] = ($spent[$current] ?? 0.0) + $now - $since;
    }
    [$current, $since] = [$name, $now];
    return array_map(fn (float $seconds) => (int) round($seconds * 1000), $spent);
}

/**
 * Runs a program without a shell and kills it after a time: vtysh waits for ever for a daemon that hangs.
 *
 * @param list<string> $command
 * @return array{int, string} exit code (-1: not run or killed) and output
 */
function run(array $command, float $seconds): array
{
    $files = [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]];
    $process = @proc_open($command, $files, $pipes);
    if (!is_resource($process)) {
        return [-1, ''];
    }
    stream_set_blocking($pipes[1], false);
    $end = now() + min($seconds, max(0.5, seconds_left()));
    $output = '';
    while (now() < $end && !feof($pipes[1])) {
        $read = [$pipes[1]];
        $none = null;
        if (@stream_select($read, $none, $none, 0, 100000)) {
            $output .= (string) fread($pipes[1], 65536);
        }
    }
    if (!feof($pipes[1])) {
        proc_terminate($process, 9);
        proc_close($process);
        return [-1, $output];
    }
    return [proc_close($process), $output];
}

/** Asks until the answer is not null or the time is over: soon again at first, then every so many seconds. */
function poll(callable $ask, float $seconds, float $every = 0.25): mixed
{
    $end = now() + min($seconds, seconds_left());
    $pause = 0.02;
    do {
        $answer = $ask();
        if ($answer !== null) {
            return $answer;
        }
        usleep((int) (min($pause, $every) * 1e6));
        $pause *= 1.5;
    } while (now() < $end);
    return null;
}

/**
 * Notes in the lock file that a change has begun. A run that is cut off leaves the note behind, and
 * the next one loads everything again, although config.xml says what is wanted already. A restart of
 * the firewall clears /var/run, and pfSense loads everything itself then.
 *
 * @param array<string, true> $names
 */
function begin_change(array $names): void
{
    file_put_contents(LOCK_FILE, json_encode(['begun' => array_map('strval', array_keys($names + (begun_change() ?? [])))]));
}

function end_change(): void
{
    file_put_contents(LOCK_FILE, '');
}

/** True when a run has begun a change and does not hold the lock any more, which its process did to its end. */
function was_cut_off(): bool
{
    $lock = begun_change() === null ? false : @fopen(LOCK_FILE, 'c');
    return $lock !== false && flock($lock, LOCK_EX | LOCK_NB);
}

/** @return ?array<string, true> names of the change an earlier run has begun and not ended, null when there is none */
function begun_change(): ?array
{
    $note = json_decode((string) @file_get_contents(LOCK_FILE), true);
    $names = is_array($note) && is_array($note['begun'] ?? null) ? array_filter($note['begun'], 'is_string') : null;
    return $names === null ? null : array_fill_keys($names, true);
}
