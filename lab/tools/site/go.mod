module metallb-pfsense.lab/tools/site

go 1.26.0
