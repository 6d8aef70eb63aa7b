<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use PHPUnit\Framework\TestCase;

use function MetallbPfsense\applied;
use function MetallbPfsense\entries;
use function MetallbPfsense\removed;
use function MetallbPfsense\undone;
use function MetallbPfsense\with;
use function MetallbPfsense\written_parts;

use const MetallbPfsense\NEIGHBOURS;
use const MetallbPfsense\RULES;

final class UndoTest extends TestCase
{
    private static function back(array $now, array $before, array $after): array
    {
        return undone($now, written_parts($before), written_parts($after));
    }

    private static function request(): array
    {
        return Samples::request(['passRule' => ['interfaces' => ['opt1']]]);
    }

    /** @dataProvider starts */
    public function testUndoesAnApply(array $start): void
    {
        $after = applied($start, self::request());
        self::assertEquals($start, self::back($after, $start, $after));
        self::assertEquals($start, self::back($start, $start, $after));
    }

    public static function starts(): array
    {
        return ['in use' => [Samples::config()], 'fresh' => [Samples::emptyConfig()]];
    }

    public function testUndoesARemove(): void
    {
        $start = applied(Samples::config(), self::request());
        $after = removed($start, self::request());
        self::assertEquals($start, self::back($after, $start, $after));
    }

    public function testKeepsWhatOthersWroteMeanwhile(): void
    {
        $start = Samples::config();
        $after = applied($start, self::request());
        $other = Samples::foreignNeighbour(['peer' => '10.7.7.7', 'descr' => "caf\xe9"]);
        $rule = ['type' => 'pass', 'interface' => 'lan', 'descr' => 'new'];
        $now = with($after, NEIGHBOURS, [$other, ...entries($after, NEIGHBOURS)]);
        $now = with($now, RULES, [...entries($after, RULES), $rule]);
        $back = self::back($now, $start, $after);
        self::assertSame([$other, Samples::foreignNeighbour()], entries($back, NEIGHBOURS));
        self::assertSame([...entries($start, RULES), $rule], entries($back, RULES));
    }

    public function testPutsAChangedEntryBackAsItWas(): void
    {
        $start = applied(Samples::config(), self::request());
        $changed = Samples::request(['passRule' => ['interfaces' => ['opt1']], 'neighbours' => [Samples::neighbour(['asn' => 65000])]]);
        $after = applied($start, $changed);
        $now = with($after, NEIGHBOURS, [...entries($after, NEIGHBOURS), Samples::foreignNeighbour(['peer' => '10.7.7.7'])]);
        $back = self::back($now, $start, $after);
        self::assertSame([...entries($start, NEIGHBOURS), Samples::foreignNeighbour(['peer' => '10.7.7.7'])], entries($back, NEIGHBOURS));
    }

    public function testPutsADeletedEntryBackAtItsPlace(): void
    {
        $two = Samples::request(['neighbours' => [Samples::neighbour(), Samples::neighbour(['address' => '192.168.33.22'])]]);
        $start = applied(Samples::config(), $two);
        $after = applied($start, Samples::request(['neighbours' => [$two['wanted']['neighbours'][1]]]));
        $other = Samples::foreignNeighbour(['peer' => '10.7.7.7']);
        $now = with($after, NEIGHBOURS, [...entries($after, NEIGHBOURS), $other]);
        self::assertSame(
            ['192.168.34.50', '192.168.33.21', '192.168.33.22', '10.7.7.7'],
            array_column(entries(self::back($now, $start, $after), NEIGHBOURS), 'peer')
        );
    }
}
