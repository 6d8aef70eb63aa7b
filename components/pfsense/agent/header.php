<?php

/*
 * metallb-pfsense: the firewall agent.
 *
 * Makes FRR on this pfSense a BGP neighbour of every node of one Kubernetes cluster, and undoes it.
 * The wanted state stands, base64 encoded, in one line near the end. Nothing is installed on the
 * firewall: the script arrives on the standard input of php and ends by itself.
 *
 * What it writes (config.xml, through pfSense's own write_config, one revision for each run):
 *   installedpackages/frrbgpneighbors      entries whose description starts with "<owner>/"
 *   installedpackages/frrglobalprefixes    entries whose description starts with "<owner>/"
 *   installedpackages/frr, frrbgp          only when absent; otherwise they are compared, not changed
 *   installedpackages/frrbfd               the switch, only when BFD is wanted and off
 *   aliases, filter/rule                   entries whose description starts with "<owner>/"
 *   installedpackages/metallbpfsense       who uses this firewall, and what of the above was created
 * After a change it calls frr_generate_config(), which makes pfSense reload FRR, and
 * filter_configure() when a pass rule changed. Where that switches a part of FRR off, it first ends
 * FRR by pfSense's own script, because pfSense itself would leave the daemon running.
 *
 * What it never does: change or reorder anything without that mark, touch FRR's raw configuration,
 * edit a generated file, start a daemon by hand, download, open a port, or leave a process behind.
 * The one file of its own is the lock /var/run/metallb-pfsense.lock; while a change is under way it
 * holds the addresses and list names concerned, so that the next run ends what was cut off.
 */

declare(strict_types=1);

namespace MetallbPfsense;

const PAYLOAD_VERSION = 1;
const RESULT_MARK = 'metallb-pfsense-result:1:';
const RESULT_LIMIT = 60000;

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_PAYLOAD = 2;
const EXIT_REFUSED = 3;
const EXIT_SESSIONS = 4;

const CONFIG_FILE = '/cf/conf/config.xml';
const CONFIG_BACKUPS = '/cf/conf/backup';
const FRR_PACKAGE = '/usr/local/pkg/frr.inc';
const FRR_CONF = '/var/etc/frr/frr.conf';
const FRR_RC_CONF = '/usr/local/etc/rc.conf.d/frr';
const LOCK_FILE = '/var/run/metallb-pfsense.lock';

const NEIGHBOURS = 'installedpackages/frrbgpneighbors/config';
const BFD_PEERS = 'installedpackages/frrbfdpeers/config';
const PREFIX_LISTS = 'installedpackages/frrglobalprefixes/config';
const ROUTE_MAPS = 'installedpackages/frrglobalroutemaps/config';
const RECORDS = 'installedpackages/metallbpfsense/config';
const ALIASES = 'aliases/alias';
const RULES = 'filter/rule';

/** Every path the agent may write, and no other. */
const WRITTEN_PATHS = [
    'installedpackages/frr',
    'installedpackages/frrbgp',
    'installedpackages/frrbfd',
    'installedpackages/frrbfdpeers',
    'installedpackages/frrglobalprefixes',
    'installedpackages/frrbgpneighbors',
    'installedpackages/metallbpfsense',
    'aliases',
    'filter/rule',
];

/** Ends the run with one sentence for people, the exit code, and the problems one by one. */
class Stop extends \Exception
{
    /** @param list<string> $problems */
    public function __construct(string $sentence, int $exit, public readonly array $problems = [])
    {
        parent::__construct($sentence, $exit);
    }
}

/** Nothing was touched: the state of this firewall forbids the change. */
class Refused extends Stop
{
    /** @param list<string> $problems */
    public function __construct(array $problems)
    {
        parent::__construct('refused, nothing was changed: ' . implode(' ', $problems), EXIT_REFUSED, $problems);
    }
}

/** Something went wrong after the start of a change. */
class Failed extends Stop
{
    public function __construct(string $sentence)
    {
        parent::__construct($sentence, EXIT_FAILED, [$sentence]);
    }
}
