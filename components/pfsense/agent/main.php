<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * The program. It stands outside of any function because pfSense's library keeps its state in
 * global variables of the file that loads it. The payload stands in the line above this.
 */

/** @var string $metallb_pfsense_payload */
$metallb_pfsense_job = supervise($metallb_pfsense_payload, $argv);
require_once 'config.inc';
require_once 'functions.inc';
require_once 'util.inc';
require_once 'filter.inc';
$metallb_pfsense_installs = installs_package($metallb_pfsense_job);
if ($metallb_pfsense_installs) {
    require_once 'pkg-utils.inc';
    install_package($metallb_pfsense_job);
}
if (is_file(FRR_PACKAGE)) {
    require_once FRR_PACKAGE;
}
worker($metallb_pfsense_job, $metallb_pfsense_installs);
