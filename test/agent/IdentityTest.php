<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use function MetallbPfsense\applied;
use function MetallbPfsense\apply_problems;
use function MetallbPfsense\change_sentences;
use function MetallbPfsense\not_held;
use function MetallbPfsense\predicted_effect;
use function MetallbPfsense\removed;
use function MetallbPfsense\request_problems;
use PHPUnit\Framework\TestCase;

final class IdentityTest extends TestCase
{
    private const ONE = '0b8f0a52-9c1e-4a41-9d3d-2f6f1f6f7a01';
    private const OTHER = 'c0ffee00-0000-4000-8000-000000000002';

    private static function of(string $router, array $wanted = [], string $id = self::ONE, array $routers = ['fw-a', 'fw-b']): array
    {
        $stack = ['id' => $id, 'name' => $id === self::ONE ? 'organization/metallb-pfsense/prod' : 'other/metallb-pfsense/prod'];
        return Samples::request($wanted, ['stack' => $stack, 'router' => $router, 'routers' => $routers]);
    }

    /** The wanted state of a cluster of another name: its lists are called after it. */
    private static function named(string $owner): array
    {
        $rename = fn (array $part) => json_decode(str_replace('dev-', "$owner-", (string) json_encode($part)), true);
        return ['owner' => $owner, 'neighbours' => $rename([Samples::neighbour()]), 'prefixLists' => $rename(Samples::lists())];
    }

    public function testTheRecordSaysWhose(): void
    {
        $record = applied(Samples::config(), self::of('fw-a'))['installedpackages']['metallbpfsense']['config'][0];
        unset($record['created']);
        $this->assertSame(
            ['owner' => 'dev', 'stack' => 'organization/metallb-pfsense/prod', 'id' => self::ONE, 'router' => 'fw-a', 'rules' => 'off'],
            $record
        );
    }

    public function testTheRecordKeepsWhatTheLastApplyWasCalled(): void
    {
        $called = fn (array $config) => $config['installedpackages']['metallbpfsense']['config'][0]['run'] ?? null;
        $one = applied(Samples::config(), ['run' => '0123456789ab'] + self::of('fw-a'));
        $this->assertSame('0123456789ab', $called($one));
        $this->assertSame($one, applied($one, self::of('fw-a')), 'a look changes nothing');
        $two = applied($one, ['run' => 'ba9876543210'] + self::of('fw-a'));
        $this->assertSame('ba9876543210', $called($two));
        $this->assertSame('none', predicted_effect($one, $two)['effect']);
        $this->assertSame(Samples::config(), removed($two, self::of('fw-a')));
    }

    /** pfSense copies rules and aliases to the secondary of a CARP pair, and no record. */
    public function testRulesThatWereNotMadeHereStay(): void
    {
        $rule = ['passRule' => ['interfaces' => ['opt1']]];
        $primary = applied(Samples::config(), self::of('fw-a', $rule));
        $secondary = applied(Samples::config(), self::of('fw-b'));
        foreach (['filter', 'aliases'] as $section) {
            $secondary[$section] = $primary[$section];
        }
        $this->assertSame($secondary, applied($secondary, self::of('fw-b')));
        $left = removed($secondary, self::of('fw-b'));
        $this->assertSame([$primary['filter'], $primary['aliases']], [$left['filter'], $left['aliases']]);
        $open = applied($primary, self::of('fw-a'));
        $this->assertSame(Samples::config()['filter'], $open['filter'], 'the one that made them takes them away');
        $this->assertSame(Samples::config(), removed($primary, self::of('fw-a', $rule)));
    }

    public function testARecordOfAnOlderReleaseSaysNothingOfRules(): void
    {
        $rule = ['passRule' => ['interfaces' => ['opt1']]];
        $old = applied(Samples::config(), self::of('fw-a', $rule));
        unset($old['installedpackages']['metallbpfsense']['config'][0]['rules']);
        $after = applied($old, self::of('fw-a'));
        $this->assertSame($old['filter'], $after['filter']);
        $this->assertSame(['the record of this stack is brought up to date'], change_sentences($old, $after));
        $this->assertSame(Samples::config(), removed($old, self::of('fw-a', $rule)));
    }

    public function testARenamedRouterIsAHandOver(): void
    {
        $before = applied(Samples::config(), self::of('fw-a'));
        $request = self::of('edge1', [], self::ONE, ['edge1', 'fw-b']);
        $this->assertSame([], apply_problems($before, $request));
        $after = applied($before, $request);
        $this->assertSame(['entries are held by router edge1 of organization/metallb-pfsense/prod'], change_sentences($before, $after));
        $this->assertSame('none', predicted_effect($before, $after)['effect']);
        $this->assertSame($before['installedpackages']['frrbgpneighbors'], $after['installedpackages']['frrbgpneighbors']);
        $old = self::of('fw-a');
        $this->assertSame('router edge1 of this stack holds these entries now: nothing was removed', not_held($after, $old));
        $this->assertSame($after, removed($after, $old));
    }

    public function testAChangedNameMarksTheSameEntries(): void
    {
        $before = applied(Samples::config(), self::of('fw-a'));
        $request = self::of('fw-a', self::named('home'));
        $this->assertSame([], apply_problems($before, $request));
        $after = applied($before, $request);
        $neighbours = $after['installedpackages']['frrbgpneighbors']['config'];
        $this->assertSame(['192.168.34.50', '192.168.33.21'], array_column($neighbours, 'peer'));
        $this->assertSame('home/wn1', $neighbours[1]['descr']);
        $this->assertSame(['transit', 'home-in-v4', 'home-out-v4'], array_column($after['installedpackages']['frrglobalprefixes']['config'], 'name'));
        $this->assertSame(['effect' => 'reload', 'resets' => []], array_slice(predicted_effect($before, $after), 0, 2));
        $this->assertSame(Samples::config(), array_diff_key(removed($after, $request), ['x' => 1]));
    }

    public function testAnotherStackWithTheSameNameIsRefused(): void
    {
        $before = applied(Samples::config(), self::of('fw-a'));
        $request = self::of('fw-a', [], self::OTHER);
        $this->assertSame(
            ['The mark dev is used here by another stack, "organization/metallb-pfsense/prod", and this is "other/metallb-pfsense/prod":'
                . ' give one of them another cluster.name, or set adopt: true to take its entries over.'],
            apply_problems($before, $request)
        );
        $this->assertSame('these entries belong to another stack, "organization/metallb-pfsense/prod": nothing was removed', not_held($before, $request));
        $this->assertSame($before, removed($before, $request));
        $adopting = self::of('fw-a', ['adopt' => true], self::OTHER);
        $this->assertSame([], apply_problems($before, $adopting));
        $this->assertSame(self::OTHER, applied($before, $adopting)['installedpackages']['metallbpfsense']['config'][0]['id']);
    }

    public function testOneFirewallIsOneRouter(): void
    {
        $before = applied(Samples::config(), self::of('fw-a'));
        $this->assertSame(
            ['This firewall is the router fw-a of this stack already, and would be fw-b too: give that one sharesFirewall: { with: fw-a } in place of pfsense.'],
            apply_problems($before, self::of('fw-b'))
        );
    }

    public function testARecordOfAnOlderReleaseIsTakenOver(): void
    {
        $before = applied(Samples::config(), Samples::request());
        $this->assertSame([], apply_problems($before, self::of('fw-a')));
        $after = applied($before, self::of('fw-a'));
        $this->assertSame(self::ONE, $after['installedpackages']['metallbpfsense']['config'][0]['id']);
        $this->assertSame(Samples::config(), removed($after, self::of('fw-a')));
    }

    public function testTheSameTwiceChangesNothing(): void
    {
        $once = applied(Samples::config(), self::of('fw-a'));
        $this->assertSame($once, applied($once, self::of('fw-a')));
    }

    /** @dataProvider brokenIdentities */
    public function testAnIdentityOfAWrongFormIsRefused(array $change, string $problem): void
    {
        $this->assertContains($problem, request_problems($change + self::of('fw-a')));
    }

    public static function brokenIdentities(): array
    {
        return [
            'an id with a line break' => [['stack' => ['id' => self::ONE . "\n", 'name' => 'x']], 'stack.id: "' . self::ONE . '?" has a wrong form or length.'],
            'a name with markup' => [['stack' => ['id' => self::ONE, 'name' => '<b>']], 'stack.name: "<b>" has a wrong form or length.'],
            'no router' => [['router' => null], 'router: "null" has a wrong form or length.'],
            'routers that are no list' => [['routers' => 'fw-a'], 'routers: must be a list.'],
        ];
    }
}
