<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * Two processes: the supervisor holds the lock, watches the clock and prints the result; the worker
 * loads pfSense's library and does the work. A worker that hangs anywhere (a lock of pfSense, an
 * upload inside write_config, a daemon) is killed, and a fresh one puts our change back.
 */

/** Seconds kept back for putting things back after a failure. */
function reserve(int $deadline): float
{
    return min(30.0, $deadline / 3);
}

/**
 * Returns in the worker with what it has to do; the supervisor never returns.
 *
 * @return array{request: array, undo: ?array, tell: callable}
 */
function supervise(string $payload, array $arguments): array
{
    $start = now();
    ignore_user_abort(true);
    ini_set('display_errors', '0');
    putenv('PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin');
    $action = '';
    try {
        $request = read_request($payload, $arguments);
        $action = $request['action'];
        require_pfsense();
        require_package($request);
        $changing = in_array($action, ['apply', 'remove'], true);
        if ($changing) {
            step('lock');
            lock(max(1.0, $request['deadline'] / 3));
        }
    } catch (Stop $stop) {
        finish($action, stop_result($stop));
    }
    $end = $start + $request['deadline'];
    $job = work($request, null, $changing ? $end - reserve($request['deadline']) : $end);
    if (isset($job['tell'])) {
        return $job;
    }
    $result = $job['result'] ?? stop_result(new Failed($job['silent']));
    if (isset($job['undo']) && ($result['exit'] ?? EXIT_OK) !== EXIT_OK && config_is_whole()) {
        $back = work($request, $job['undo'], $end);
        if (isset($back['tell'])) {
            return $back;
        }
        $result = with_undo($result, $back['result'] ?? stop_result(new Failed($back['silent'])));
    }
    $result['timings'] = ['total' => (int) round((now() - $start) * 1000)] + ($result['timings'] ?? []);
    finish($action, $result);
}

/** pfSense's library "repairs" a damaged config.xml while it loads, so it is not loaded then. */
function config_is_whole(): bool
{
    try {
        require_whole_config_file();
        return true;
    } catch (Refused) {
        return false;
    }
}

/** The result of a failed change together with what the undo says. */
function with_undo(array $result, array $undo): array
{
    $failed = ($undo['exit'] ?? EXIT_OK) !== EXIT_OK;
    $result['outcome'] = $failed ? 'failed' : $undo['outcome'];
    $result['message'] .= $failed
        ? '; putting our entries back failed as well: ' . $undo['message'] . '; run the same again'
        : '; ' . $undo['message'];
    return $result;
}

/**
 * Own lock, not pfSense's: a second lock('config') in one process would wait for ever. Held until the
 * process ends; closed on exec, or FRR's daemons would hold it.
 */
function lock(float $seconds): void
{
    static $file = null;
    $file = @fopen(LOCK_FILE, 'ce');
    if ($file === false) {
        throw new Refused(['The lock file ' . LOCK_FILE . ' cannot be opened.']);
    }
    $end = now() + $seconds;
    while (!flock($file, LOCK_EX | LOCK_NB)) {
        if (now() > $end) {
            throw new Refused([sprintf('Another run of this agent has been at work here for %d seconds; try again.', $seconds)]);
        }
        usleep(50000);
    }
}

/**
 * Forks a worker. In the worker: what to do, with `tell`. In the supervisor: its result, what it
 * said about the undo, and a sentence when it ended without a result.
 */
function work(array $request, ?array $undo, float $end): array
{
    $name = LOCK_FILE . '.' . getmypid();
    $pipe = @posix_mkfifo($name, 0600) ? fopen($name, 'r+e') : false;
    /* Closed on exec like the lock: a pipe that FRR's daemons inherit would never end. */
    $writer = $pipe === false ? false : fopen($name, 'we');
    @unlink($name);
    step('library');
    $process = $writer === false ? -1 : pcntl_fork();
    if ($process === -1) {
        return ['silent' => 'the firewall could not start a process (' . dirname(LOCK_FILE) . ' may be full)'];
    }
    if ($process > 0) {
        return listen($pipe, $process, $end);
    }
    deadline($end - 0.5);
    /* Should the supervisor be killed, the worker ends all the same. */
    pcntl_alarm((int) ceil(max(1, $end - now())) + 2);
    ob_start(fn () => '', 4096);
    $tell = function (array $message) use ($writer) {
        /* Not JSON: foreign entries may hold bytes that are no UTF-8, and they must come back as they were. */
        fwrite($writer, base64_encode(serialize($message)) . "\n");
        fflush($writer);
    };
    return ['request' => $request, 'undo' => $undo, 'tell' => $tell];
}

/** Reads the worker's messages until it ends or its time is over. */
function listen(mixed $pipe, int $process, float $end): array
{
    stream_set_blocking($pipe, false);
    $text = '';
    do {
        $hangs = now() > $end && posix_kill($process, SIGKILL);
        $ended = pcntl_waitpid($process, $status, $hangs ? 0 : WNOHANG) !== 0;
        $read = [$pipe];
        $none = null;
        while (@stream_select($read, $none, $none, 0, $ended ? 0 : 20000)) {
            $text .= (string) fread($pipe, 65536);
        }
    } while (!$ended);
    return heard($text, $hangs, pcntl_wifsignaled($status) ? pcntl_wtermsig($status) : 0);
}

/** What the worker said: the last value of each message wins. */
function heard(string $text, bool $hangs, int $signal): array
{
    $said = ['step' => 'read_config()'];
    foreach (explode("\n", $text) as $line) {
        $message = @unserialize((string) base64_decode($line), ['allowed_classes' => false]);
        $said = (is_array($message) ? $message : []) + $said;
    }
    $said['silent'] = $hangs
        ? "{$said['step']} did not end in time and was ended"
        : "the agent stopped in {$said['step']} without a result" . ($signal > 0 ? " (signal $signal)" : '');
    return $said;
}

function stop_result(Stop $stop): array
{
    $outcome = $stop->getCode() === EXIT_FAILED ? 'failed' : 'refused';
    return ['outcome' => $outcome, 'message' => $stop->getMessage(), 'problems' => $stop->problems, 'exit' => $stop->getCode()];
}

/** Prints the framed result and one sentence, and ends the program. */
function finish(string $action, array $result): never
{
    $exit = $result['exit'] ?? EXIT_OK;
    unset($result['exit']);
    $line = RESULT_MARK . framed(['version' => 1, 'action' => $action] + $result + ['problems' => [], 'changes' => []]);
    $sentence = preg_replace('/[^ -~]/', '?', (string) $result['message']);
    $output = fopen('php://stdout', 'w');
    fwrite($output, $exit === EXIT_OK ? "$sentence\n$line\n" : "\n$line\n$sentence\n");
    exit($exit);
}

/** JSON of at most RESULT_LIMIT bytes: long lists are cut at their end and their full lengths told. */
function framed(array $result): string
{
    $flags = JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE;
    $json = (string) json_encode($result, $flags);
    foreach (['changes', 'sessions', 'problems', 'resets'] as $list) {
        if (strlen($json) > RESULT_LIMIT && isset($result[$list])) {
            $result['cut'][$list] = count($result[$list]);
            $result[$list] = array_slice($result[$list], 0, 100);
            $json = (string) json_encode($result, $flags);
        }
    }
    return $json;
}
