<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use function MetallbPfsense\addresses_of_others;
use function MetallbPfsense\applied;
use function MetallbPfsense\removed;
use function MetallbPfsense\sessions_to_keep;
use function MetallbPfsense\undrained_problems;
use PHPUnit\Framework\TestCase;

final class SessionsTest extends TestCase
{
    /** A foreign neighbour that pfSense knows, one of FRR's raw configuration or a listen range, and a node. */
    private const STANDING = [
        '192.168.34.50 ipv4Unicast' => ['address' => '192.168.34.50', 'prefixes' => 7],
        '10.9.9.9 ipv4Unicast' => ['address' => '10.9.9.9', 'prefixes' => 900000],
        '192.168.33.21 ipv4Unicast' => ['address' => '192.168.33.21', 'prefixes' => 2],
    ];

    /** @return array<string, int> prefixes by address of what has to be there again */
    private static function kept(array $before, array $after): array
    {
        return array_column(sessions_to_keep(self::STANDING, $before, $after, Samples::request()), 'prefixes', 'address');
    }

    public function testOthersAreAllThatIsNotOurs(): void
    {
        $config = applied(Samples::config(), Samples::request());
        $this->assertSame(['192.168.34.50', '10.9.9.9'], addresses_of_others(self::STANDING, $config, Samples::request()));
        $this->assertSame([], addresses_of_others([], $config, Samples::request()));
    }

    public function testWhatNobodyTouchesHasToBeAsBefore(): void
    {
        $one = applied(Samples::config(), Samples::request());
        $two = applied($one, Samples::request(['neighbours' => [Samples::neighbour(), Samples::neighbour(['address' => '192.168.33.22'])]]));
        $all = ['192.168.34.50' => 7, '10.9.9.9' => 900000, '192.168.33.21' => 2];
        $this->assertSame($all, self::kept($one, $one));
        $this->assertSame($all, self::kept($one, $two));
    }

    public function testANeighbourThatGoesOrResetsIsNotWaitedFor(): void
    {
        $foreign = ['192.168.34.50' => 7, '10.9.9.9' => 900000];
        $one = applied(Samples::config(), Samples::request());
        $this->assertSame($foreign, self::kept($one, removed($one, Samples::request())));
        $signed = applied($one, Samples::request(['neighbours' => [Samples::neighbour(['passwordType' => 'both'])]], ['password' => 'other']));
        $this->assertSame($foreign, self::kept($one, $signed));
    }

    public function testASessionIsShutOnceItCarriesNothing(): void
    {
        $one = applied(Samples::config(), Samples::request());
        $shut = applied($one, Samples::request(['neighbours' => [Samples::neighbour(['shutdown' => 'maintenance of wn1'])]]));
        $sentence = 'Neighbour 192.168.33.21 is to be shut and still carries 2 prefixes: drain it first, with maintenance: true and an up.';
        $this->assertSame([$sentence], undrained_problems($one, $shut, self::STANDING));
        $this->assertSame(['192.168.34.50' => 7, '10.9.9.9' => 900000], self::kept($one, $shut));
        $drained = ['192.168.33.21 ipv4Unicast' => ['address' => '192.168.33.21', 'prefixes' => 0]];
        $this->assertSame([], undrained_problems($one, $shut, $drained + self::STANDING));
        $this->assertSame([], undrained_problems($shut, $shut, self::STANDING));
        $this->assertSame([], undrained_problems($shut, $one, self::STANDING));
    }

    public function testANewFilterMayTakePrefixesAway(): void
    {
        $lists = Samples::lists();
        $lists[0]['rules'] = [['seq' => 10, 'action' => 'permit', 'prefix' => '192.168.40.0/24', 'ge' => 32]];
        $one = applied(Samples::config(), Samples::request());
        $two = applied($one, Samples::request(['prefixLists' => $lists]));
        $this->assertSame(['192.168.34.50' => 7, '10.9.9.9' => 900000, '192.168.33.21' => 0], self::kept($one, $two));
    }
}
