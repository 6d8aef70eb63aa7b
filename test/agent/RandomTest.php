<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use PHPUnit\Framework\TestCase;

use function MetallbPfsense\applied;
use function MetallbPfsense\apply_problems;
use function MetallbPfsense\at;
use function MetallbPfsense\elements;
use function MetallbPfsense\is_ours;
use function MetallbPfsense\removed;
use function MetallbPfsense\request_problems;
use function MetallbPfsense\undone;
use function MetallbPfsense\written_parts;

use const MetallbPfsense\ALIASES;
use const MetallbPfsense\BFD_PEERS;
use const MetallbPfsense\NEIGHBOURS;
use const MetallbPfsense\PREFIX_LISTS;
use const MetallbPfsense\RULES;

/** Random firewalls and random wishes. AGENT_RUNS raises the number; the seed of a failure is told. */
final class RandomTest extends TestCase
{
    public function testLaws(): void
    {
        $runs = (int) (getenv('AGENT_RUNS') ?: 400);
        $applied = 0;
        for ($seed = 1; $seed <= $runs; $seed++) {
            mt_srand($seed);
            $start = $this->config();
            $one = $this->request();
            $two = $this->request();
            self::assertSame([], [...request_problems($one), ...request_problems($two)], "seed $seed");
            if ([...apply_problems($start, $one), ...apply_problems($start, $two)] === []) {
                $applied++;
                $this->laws($start, $one, $two, "seed $seed");
            }
        }
        self::assertGreaterThan($runs / 3, $applied);
    }

    private function laws(array $start, array $one, array $two, string $seed): void
    {
        $first = applied($start, $one);
        self::assertSame($first, applied($first, $one), "$seed: the second apply changes something");
        self::assertSame($this->foreign($start), $this->foreign($first), "$seed: foreign entries changed");
        $second = applied($first, $two);
        self::assertSame($second, applied($second, $two), "$seed: an update is not final");
        self::assertEquals(
            $this->plain($start),
            $this->plain(removed($second, $two)),
            "$seed: the start did not come back"
        );
        $back = undone($second, written_parts($first), written_parts($second));
        self::assertEquals($this->plain($first), $this->plain($back), "$seed: undo");
        shuffle($two['wanted']['neighbours']);
        shuffle($two['wanted']['prefixLists']);
        self::assertSame($this->plain($second, true), $this->plain(applied($first, $two), true), "$seed: order matters");
    }

    /** Without empty parents, which XML does not tell apart; without what follows the order of nodes (alias) or the clock. */
    private function plain(array $config, bool $order = false): array
    {
        if ($order) {
            unset($config['aliases']);
            $rules = array_map(fn ($rule) => array_diff_key((array) $rule, ['tracker' => 1, 'created' => 1]), elements($config, RULES));
            $config['filter']['rule'] = $rules;
        }
        return array_filter($config, fn ($value) => !in_array($value, ['', [], null], true));
    }

    private function foreign(array $config): array
    {
        $lists = [];
        foreach ([NEIGHBOURS, BFD_PEERS, PREFIX_LISTS, ALIASES, RULES] as $path) {
            $lists[$path] = array_values(array_filter(elements($config, $path), fn ($entry) => !is_ours($entry, 'dev/')));
        }
        return $lists + ['other' => at($config, 'installedpackages/package'), 'nat' => $config['nat']];
    }

    private function one(array $of): mixed
    {
        return $of[mt_rand(0, count($of) - 1)];
    }

    private function maybe(mixed $value, mixed $otherwise): mixed
    {
        return mt_rand(0, 1) === 1 ? $value : $otherwise;
    }

    private function config(): array
    {
        $on = ['enable' => 'on', 'asnum' => '64501', 'routerid' => '10.0.0.1'];
        $neighbours = [];
        for ($count = mt_rand(0, 3); $count > 0; $count--) {
            $neighbours[] = $this->maybe(Samples::foreignNeighbour(['peer' => "10.4.4.$count", 'descr' => $this->text()]), '');
        }
        $installed = array_filter([
            'frr' => $this->one([null, '', ['config' => [['enable' => 'on', 'password' => 'x']]], ['config' => ['']]]),
            'frrbgp' => $this->one([null, '', ['config' => [$on]], ['config' => [['enable' => '']]]]),
            'frrbfd' => $this->one([null, '', ['config' => [['enable' => '']]], ['config' => [['enable' => 'on']]]]),
            'frrbfdpeers' => $this->one([null, '', ['config' => [['peer' => '10.4.4.9', 'descr' => $this->text()]]]]),
            'frrbgpneighbors' => $this->one([null, '', ['config' => $neighbours], ['config' => $neighbours, 'x' => '1']]),
            'frrglobalprefixes' => $this->one([null, '', ['config' => [Samples::foreignList()]]]),
        ], fn ($value) => $value !== null);
        $rules = $this->one(['', [], [['type' => 'block', 'interface' => 'opt1', 'descr' => $this->text()]]]);
        return [
            'installedpackages' => $installed + ['package' => [['name' => $this->text()]]],
            'aliases' => $this->one([null, '', ['alias' => [['name' => 'a', 'descr' => $this->text()]]]]),
            'filter' => ['rule' => $rules, 'separator' => ''],
        ] + Samples::config();
    }

    private function text(): string
    {
        return $this->one(['dev', 'dev2/x', 'caf' . chr(0xe9), '', '<b>&', "two\nlines", 'Dev/x', ' dev/x']);
    }

    private function request(): array
    {
        $type = $this->one(['none', 'frr', 'both-bidir']);
        $nodes = [];
        for ($number = mt_rand(0, 5); $number > 0; $number--) {
            $bfd = mt_rand(0, 2) === 0;
            $timers = ['detectMultiplier' => 3, 'receiveInterval' => 150, 'transmitInterval' => mt_rand(10, 60000)];
            $node = ($bfd ? $this->maybe(['bfdTimers' => $timers], []) : []);
            $node += ['bfd' => $bfd, 'passwordType' => $type, 'asn' => mt_rand(1, 4294967295)]
                + ($this->maybe(['timers' => ['keepalive' => 3, 'hold' => mt_rand(3, 65535)]], []));
            $nodes[] = $this->maybe(
                Samples::neighbour($node + ['address' => "192.168.33.$number", 'description' => "wn$number"]),
                Samples::neighbour6($node + ['address' => "fd00:33::$number", 'description' => "wn$number"])
            );
        }
        $wanted = ['neighbours' => $nodes, 'prefixLists' => [...Samples::lists(), ...Samples::lists6()]];
        $wanted += $this->maybe(['passRule' => ['interfaces' => $this->one([['lan'], ['opt1'], ['lan', 'opt1']])]], []);
        return Samples::request($wanted, $type === 'none' || $nodes === [] ? [] : ['password' => 's3cret' . mt_rand(1, 2)]);
    }
}
