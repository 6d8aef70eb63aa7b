<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use PHPUnit\Framework\TestCase;

use function MetallbPfsense\applied;
use function MetallbPfsense\predicted_effect;
use function MetallbPfsense\removed;

final class EffectTest extends TestCase
{
    private static function effect(array $before, array $after): array
    {
        $told = predicted_effect($before, $after);
        return [$told['effect'], $told['resets'], $told['reason']];
    }

    private const RELOAD = ['reload', [], 'FRR takes the change over without resetting a session that stays'];

    public function testNothing(): void
    {
        self::assertSame(['none', [], 'running sessions are not concerned'], self::effect(Samples::config(), Samples::config()));
    }

    public function testTheFirstEnableRestarts(): void
    {
        $after = applied(Samples::emptyConfig(), Samples::request());
        $restart = fn (string $why) => ['restart', [], "all sessions of this firewall drop: $why"];
        self::assertSame($restart('FRR is switched on'), self::effect(Samples::emptyConfig(), $after));
        self::assertSame($restart('FRR is switched off'), self::effect($after, removed($after, Samples::request())));
        $bfd = Samples::request(['neighbours' => [Samples::neighbour(['bfd' => true])]]);
        self::assertSame($restart('BFD is switched on'), self::effect(Samples::config(), applied(Samples::config(), $bfd)));
    }

    public function testANodeMoreOrLessReloads(): void
    {
        $one = applied(Samples::config(), Samples::request());
        $two = applied($one, Samples::request(['neighbours' => [Samples::neighbour(), Samples::neighbour(['address' => '192.168.33.22'])]]));
        self::assertSame(self::RELOAD, self::effect($one, $two));
        self::assertSame(self::RELOAD, self::effect($two, $one));
    }

    public function testAPoolMoreReloads(): void
    {
        $lists = Samples::lists();
        $lists[0]['rules'][] = ['seq' => 20, 'action' => 'permit', 'prefix' => '192.168.40.0/24', 'ge' => 32];
        $one = applied(Samples::config(), Samples::request());
        self::assertSame(self::RELOAD, self::effect($one, applied($one, Samples::request(['prefixLists' => $lists]))));
    }

    public function testANodeThatIsShutAndOneThatComesBack(): void
    {
        $both = fn (array $one, array $two) => applied(Samples::config(), Samples::request(['neighbours' => [
            Samples::neighbour($one),
            Samples::neighbour($two + ['address' => '192.168.33.22', 'description' => 'wn2']),
        ]]));
        $shut = ['shutdown' => 'maintenance of wn2'];
        self::assertSame(
            ['resets', ['192.168.33.22'], 'these sessions are shut: 192.168.33.22'],
            self::effect($both([], []), $both([], $shut))
        );
        $told = 'these sessions may come up again: 192.168.33.22; these sessions drop and come back: 192.168.33.21';
        self::assertSame(
            ['resets', ['192.168.33.21', '192.168.33.22'], $told],
            self::effect($both([], $shut), $both(['asn' => 64502], []))
        );
    }

    /** @dataProvider fields */
    public function testFieldsOfANeighbour(array $other, array $request, bool $reset): void
    {
        $nodes = [Samples::neighbour(), Samples::neighbour(['address' => '192.168.33.22', 'description' => 'wn2'])];
        $before = applied(Samples::config(['frrbfd' => ['config' => [['enable' => 'on']]]]), Samples::request(['neighbours' => $nodes]));
        $nodes[1] = $other + $nodes[1];
        $after = applied($before, Samples::request(['neighbours' => $nodes], $request));
        $expected = $reset
            ? ['resets', ['192.168.33.22'], 'these sessions drop and come back: 192.168.33.22']
            : self::RELOAD;
        self::assertSame($expected, self::effect($before, $after));
    }

    public static function fields(): array
    {
        return [
            'description' => [['description' => 'node2'], [], false],
            'timers' => [['timers' => ['keepalive' => 3, 'hold' => 9]], [], false],
            'maximum prefix' => [['maximumPrefix' => 51], [], false],
            'BFD' => [['bfd' => true], [], false],
            'AS number' => [['asn' => 64502], [], true],
            'password' => [['passwordType' => 'frr'], ['password' => 'x'], true],
            'update source' => [['updateSource' => 'opt1'], [], true],
            'multihop' => [['ebgpMultihop' => 2], [], true],
        ];
    }

    public function testAPassRuleDoesNotConcernSessions(): void
    {
        $one = applied(Samples::config(), Samples::request());
        $two = applied($one, Samples::request(['passRule' => ['interfaces' => ['opt1']]]));
        /* the record notes nothing here: alias and rule lists were in use already */
        self::assertSame(['none', [], 'running sessions are not concerned'], self::effect($one, $two));
    }
}
