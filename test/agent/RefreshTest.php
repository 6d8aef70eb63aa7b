<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use PHPUnit\Framework\TestCase;

use function MetallbPfsense\neighbours_to_refresh;

final class RefreshTest extends TestCase
{
    public function testOnlyOurNeighboursWhoseInboundListChanged(): void
    {
        $before = self::config('10.1.0.0/16', 'fd00::/32');
        self::assertSame([], neighbours_to_refresh($before, $before, 'dev'));
        $four = self::config('10.2.0.0/16', 'fd00::/32');
        self::assertSame(['192.168.33.21' => 'ipv4'], neighbours_to_refresh($before, $four, 'dev'));
        $six = self::config('10.1.0.0/16', 'fd01::/32');
        self::assertSame(['fd33::21' => 'ipv6'], neighbours_to_refresh($before, $six, 'dev'));
    }

    public function testAllOfOursWhenTheBeginningIsNotKnown(): void
    {
        $now = self::config('10.1.0.0/16', 'fd00::/32');
        self::assertSame(['192.168.33.21' => 'ipv4', 'fd33::21' => 'ipv6'], neighbours_to_refresh([], $now, 'dev'));
        self::assertSame([], neighbours_to_refresh([], $now, 'other'));
    }

    private static function config(string $four, string $six): array
    {
        $list = fn (string $name, string $source) => [
            'name' => $name,
            'descr' => "dev/$name",
            'row' => [['seq' => '10', 'action' => 'permit', 'source' => $source]],
        ];
        $neighbour = fn (string $peer, string $list, string $descr) => ['peer' => $peer, 'descr' => $descr, 'prefixfilter_in' => $list];
        return ['installedpackages' => [
            'frrglobalprefixes' => ['config' => [$list('in4', $four), $list('in6', $six)]],
            'frrbgpneighbors' => ['config' => [
                $neighbour('192.168.33.21', 'in4', 'dev/wn1'),
                $neighbour('FD33:0::21', 'in6', 'dev/wn1'),
                $neighbour('192.168.34.50', 'in4', 'core'),
            ]],
        ]];
    }
}
