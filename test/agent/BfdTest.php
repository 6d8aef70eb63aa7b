<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use PHPUnit\Framework\TestCase;

use function MetallbPfsense\applied;
use function MetallbPfsense\apply_problems;
use function MetallbPfsense\bfd_owner_problems;
use function MetallbPfsense\change_sentences;
use function MetallbPfsense\entries;
use function MetallbPfsense\our_names;
use function MetallbPfsense\our_lines;
use function MetallbPfsense\predicted_effect;
use function MetallbPfsense\removed;
use function MetallbPfsense\request_problems;
use function MetallbPfsense\wanted_bfd_lines;

use const MetallbPfsense\BFD_PEERS;

final class BfdTest extends TestCase
{
    private const TIMERS = ['detectMultiplier' => 3, 'receiveInterval' => 150, 'transmitInterval' => 200];

    private const ENTRY = [
        'peer' => '192.168.33.21',
        'descr' => 'dev/wn1',
        'interface' => 'default',
        'detectmultiplier' => '3',
        'receiveinterval' => '150',
        'transmitinterval' => '200',
    ];

    private const FOREIGN = ['peer' => '192.168.33.99', 'descr' => 'transit', 'detectmultiplier' => '5'];

    private static function request(array $neighbour = ['bfdTimers' => self::TIMERS], array $wanted = []): array
    {
        return Samples::request($wanted + ['neighbours' => [Samples::neighbour($neighbour + ['bfd' => true])]]);
    }

    private static function start(array $peers): array
    {
        return Samples::config(['frrbfd' => ['config' => [['enable' => 'on']]], 'frrbfdpeers' => ['config' => $peers]]);
    }

    public function testWritesAnEntryBesideThoseOfOthersAndTakesItAway(): void
    {
        $start = self::start([self::FOREIGN]);
        $after = applied($start, self::request());
        self::assertSame([self::FOREIGN, self::ENTRY], entries($after, BFD_PEERS));
        self::assertSame($start, removed($after, self::request()));
    }

    public function testWritesNoneForFrrsOwnNumbers(): void
    {
        self::assertSame([], entries(applied(Samples::config(), self::request([])), BFD_PEERS));
    }

    public function testOtherNumbersAreAReload(): void
    {
        $before = applied(self::start([]), self::request());
        $after = applied($before, self::request(['bfdTimers' => ['transmitInterval' => 150] + self::TIMERS]));
        self::assertSame(['BFD peer 192.168.33.21 changed: transmitinterval'], change_sentences($before, $after));
        self::assertSame('reload', predicted_effect($before, $after)['effect']);
    }

    public function testASecondEntryOfTheAddressIsRefusedAndAdopted(): void
    {
        $theirs = ['descr' => 'by hand'] + self::ENTRY;
        $config = self::start([$theirs]);
        self::assertSame(
            ['BFD peer "192.168.33.21" exists and is not of this stack: delete it, or set adopt: true to take it over.'],
            bfd_owner_problems($config, self::request()['wanted'])
        );
        self::assertSame([], bfd_owner_problems($config, self::request([])['wanted']));
        $adopting = self::request(wanted: ['adopt' => true]);
        self::assertSame([], bfd_owner_problems($config, $adopting['wanted']));
        self::assertSame([self::ENTRY], entries(applied($config, $adopting), BFD_PEERS));
    }

    public function testPeersOfOthersAreNotWokenUp(): void
    {
        $asleep = Samples::config(['frrbfdpeers' => ['config' => [self::FOREIGN]]]);
        self::assertSame(
            ['BFD peers are configured although BFD is off, and these would come up with ours:'
                . ' switch it on on the page Services > FRR BFD first, or delete them.'],
            apply_problems($asleep, self::request())
        );
        self::assertSame([], apply_problems(self::start([self::FOREIGN]), self::request()));
    }

    public function testRefusesNumbersThatCannotBe(): void
    {
        $problems = fn (array $neighbour) => array_values(request_problems(self::request($neighbour)));
        $at = 'wanted.neighbours[0].bfdTimers';
        self::assertSame([], $problems(['bfdTimers' => self::TIMERS]));
        self::assertSame(
            ["$at.detectMultiplier: must be a whole number from 2 to 255.", "$at.receiveInterval: must be a whole number from 10 to 60000."],
            $problems(['bfdTimers' => ['detectMultiplier' => 1, 'receiveInterval' => '150'] + self::TIMERS])
        );
        $alone = ["$at: only with bfd and without ebgpMultihop."];
        self::assertSame($alone, $problems(['bfdTimers' => self::TIMERS, 'bfd' => false]));
        self::assertSame($alone, $problems(['bfdTimers' => self::TIMERS, 'ebgpMultihop' => 255]));
    }

    /** FRR leaves its own numbers out of what it prints. */
    public function testComparesWhatFrrPrintsWithWhatIsWanted(): void
    {
        $after = applied(self::start([self::FOREIGN]), self::request());
        $names = our_names('dev', $after);
        $running = "bfd\n profile other\n  receive-interval 170\n exit\n peer 192.168.33.21\n"
            . "  transmit-interval 200\n  receive-interval 150\n exit\n !\n peer 192.168.33.99\n  detect-multiplier 5\n exit\nexit\n";
        $lines = ['bfd peer 192.168.33.21 receive-interval 150', 'bfd peer 192.168.33.21 transmit-interval 200'];
        self::assertEqualsCanonicalizing($lines, array_keys(our_lines($running, $names)));
        self::assertEqualsCanonicalizing($lines, array_keys(wanted_bfd_lines($after, 'dev')));
    }
}
