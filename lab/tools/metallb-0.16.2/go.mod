module metallb-pfsense.lab/tools/metallb-0.16.2

go 1.26.0

require go.universe.tf/metallb v0.16.2
