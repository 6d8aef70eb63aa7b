<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use MetallbPfsense\Failed;
use MetallbPfsense\Refused;
use PHPUnit\Framework\TestCase;

use function MetallbPfsense\framed;
use function MetallbPfsense\heard;
use function MetallbPfsense\open_sentence;
use function MetallbPfsense\open_sessions;
use function MetallbPfsense\peer_of;
use function MetallbPfsense\reserve;
use function MetallbPfsense\run;
use function MetallbPfsense\stop_result;
use function MetallbPfsense\with_undo;

final class ReportTest extends TestCase
{
    private const ROW = ['neighbour' => '10.0.0.1', 'description' => 'wn1', 'state' => 'Established', 'prefixesAccepted' => 2];

    public function testSessionsThatAreNotReady(): void
    {
        $down = ['state' => 'Active', 'reason' => 'Peer closed the session'] + self::ROW;
        self::assertSame([], open_sessions([self::ROW], 2));
        self::assertSame([self::ROW], open_sessions([self::ROW], 3));
        self::assertSame([$down], open_sessions([self::ROW, $down], 0));
        self::assertSame('10.0.0.1 wn1 is Active (Peer closed the session) with 2 prefixes', open_sentence($down));
        self::assertSame('10.0.0.1 wn1 is Established with 2 prefixes', open_sentence(self::ROW));
    }

    public function testFindsAPeerInAnySpelling(): void
    {
        $peers = ['10.0.0.1' => ['state' => 'Idle'], 'fd00::1' => ['state' => 'Active']];
        self::assertSame(['state' => 'Active'], peer_of($peers, 'FD00:0::1'));
        self::assertSame([], peer_of($peers, '10.0.0.2'));
    }

    public function testTheResultLineStaysShort(): void
    {
        $row = self::ROW + ['uptime' => 1, 'prefixesSent' => 0, 'reason' => str_repeat('x', 60)];
        $line = framed(['changes' => array_fill(0, 900, 'neighbour 10.0.0.1 added'), 'sessions' => array_fill(0, 900, $row)]);
        self::assertLessThan(65536, strlen($line));
        $result = json_decode($line, true);
        self::assertSame(['changes' => 900, 'sessions' => 900], $result['cut']);
        self::assertSame([100, 100], [count($result['changes']), count($result['sessions'])]);
    }

    public function testTheResultLineIsAscii(): void
    {
        self::assertSame('{"message":"caf\ufffd \u00e9"}', framed(['message' => "caf\xe9 \u{e9}"]));
    }

    public function testWhatTheWorkerSaid(): void
    {
        $line = fn (array $message) => base64_encode(serialize($message)) . "\n";
        $text = $line(['step' => 'one', 'undo' => ["caf\xe9"]]) . $line(['step' => 'two']);
        $said = heard($text, true, 9);
        self::assertSame(['two', ["caf\xe9"], 'two did not end in time and was ended'], [$said['step'], $said['undo'], $said['silent']]);
        self::assertSame('the agent stopped in two without a result (signal 9)', heard($text, false, 9)['silent']);
        self::assertSame('the agent stopped in two without a result', heard($text, false, 0)['silent']);
        self::assertSame(['step' => 'read_config()'], array_diff_key(heard("\nO:8:\"stdClass\"\n", false, 0), ['silent' => 1]));
    }

    public function testAFailureIsToldTogetherWithItsUndo(): void
    {
        $failed = stop_result(new Failed('the reload failed'));
        self::assertSame(
            ['outcome' => 'rolled-back', 'message' => 'the reload failed; put back', 'problems' => ['the reload failed'], 'exit' => 1],
            with_undo($failed, ['outcome' => 'rolled-back', 'message' => 'put back'])
        );
        $twice = with_undo($failed, stop_result(new Refused(['config.xml is damaged.'])));
        self::assertSame('failed', $twice['outcome']);
        self::assertSame(
            'the reload failed; putting our entries back failed as well:'
            . ' refused, nothing was changed: config.xml is damaged.; run the same again',
            $twice['message']
        );
    }

    public function testTimeIsKeptBackForTheUndo(): void
    {
        self::assertSame([30.0, 10.0], [reserve(120), (float) reserve(30)]);
    }

    public function testAProgramThatHangsIsEnded(): void
    {
        $start = microtime(true);
        self::assertSame([-1, 'x'], run(['sh', '-c', 'printf x; exec sleep 20'], 0.3));
        self::assertLessThan(3, microtime(true) - $start);
        self::assertSame([3, "out\nerr\n"], run(['sh', '-c', 'echo out; echo err >&2; exit 3'], 5));
        self::assertNotSame(0, run(['/no/such/program'], 1)[0]);
    }
}
