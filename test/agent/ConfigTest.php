<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use MetallbPfsense\Refused;
use PHPUnit\Framework\TestCase;

use function MetallbPfsense\at;
use function MetallbPfsense\backup_files;
use function MetallbPfsense\disk_problem;
use function MetallbPfsense\elements;
use function MetallbPfsense\entries;
use function MetallbPfsense\require_whole_config_file;
use function MetallbPfsense\text;
use function MetallbPfsense\with;
use function MetallbPfsense\without;

final class ConfigTest extends TestCase
{
    private string $folder = '';

    protected function setUp(): void
    {
        $this->folder = sys_get_temp_dir() . '/agent-' . bin2hex(random_bytes(6));
        mkdir($this->folder);
    }

    protected function tearDown(): void
    {
        array_map('unlink', glob("$this->folder/*") ?: []);
        rmdir($this->folder);
    }

    private function file(string $text, string $name = 'config.xml'): string
    {
        file_put_contents("$this->folder/$name", $text);
        return "$this->folder/$name";
    }

    public function testAWholeFilePasses(): void
    {
        require_whole_config_file($this->file("<?xml version=\"1.0\"?>\n<pfsense>\n<a></a></pfsense>\n"));
        require_whole_config_file($this->file('<m0n0wall><a>&lt;</a></m0n0wall>'));
        $this->addToAssertionCount(2);
    }

    /** @dataProvider damaged */
    public function testADamagedFileIsRefused(string $text, string $sentence): void
    {
        $file = $this->file($text);
        try {
            require_whole_config_file($file);
            self::fail('passed');
        } catch (Refused $refused) {
            $advice = 'restore a backup (Diagnostics > Backup & Restore > Config History).';
            self::assertSame(["$file $sentence $advice"], $refused->problems);
            self::assertSame(3, $refused->getCode());
        }
    }

    public static function damaged(): array
    {
        $whole = "<?xml version=\"1.0\"?>\n<pfsense>\n" . str_repeat("<item>1</item>\n", 400) . '</pfsense>';
        return [
            'empty' => ['', 'cannot be read or is empty;'],
            'cut at 4 KiB' => [substr($whole, 0, 4096), 'is damaged (line 273) and was not touched;'],
            'cut at its end' => [substr($whole, 0, -1), 'is damaged (line 403) and was not touched;'],
            'another document' => ['<html></html>', 'is damaged (line 1) and was not touched;'],
            'text' => ['x', 'is damaged (line 1) and was not touched;'],
        ];
    }

    public function testTheDiskHasRoomHere(): void
    {
        self::assertNull(disk_problem($this->file('<pfsense/>')));
    }

    public function testPathsThroughEmptyTags(): void
    {
        $config = ['a' => '', 'b' => ['c' => [['d' => '1'], '']]];
        self::assertSame([null, '', '1', null], [at($config, 'x/y'), at($config, 'a'), at($config, 'b/c/0/d'), at($config, 'a/b/c')]);
        self::assertSame([[['d' => '1'], ''], [['d' => '1']]], [elements($config, 'b/c'), entries($config, 'b/c')]);
        self::assertSame(['', '1', ''], [text($config, 'a'), text($config, 'b/c/0/d'), text($config, 'b')]);
        self::assertSame(['a' => ['x' => ['y' => '2']]] + $config, with($config, 'a/x/y', '2'));
        self::assertSame(['b' => ['c' => [['d' => '1'], '']]], without($config, 'a'));
        self::assertSame($config, without($config, 'a/x'));
    }

    public function testNewAndReplacedBackupsAreSeen(): void
    {
        $this->file('<pfsense>1</pfsense>', 'config-1.xml');
        $this->file('<pfsense>2</pfsense>', 'config-2.xml');
        $before = backup_files($this->folder);
        self::assertSame([], array_diff_assoc(backup_files($this->folder), $before));
        $this->file('<pfsense>22</pfsense>', 'config-2.xml');
        $this->file('<pfsense>3</pfsense>', 'config-3.xml');
        $changed = array_keys(array_diff_assoc(backup_files($this->folder), $before));
        self::assertSame(["$this->folder/config-2.xml", "$this->folder/config-3.xml"], $changed);
    }
}
