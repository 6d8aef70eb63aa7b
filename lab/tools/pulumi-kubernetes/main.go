// The official Kubernetes provider of Pulumi, as its own main starts it.
//
// The two files are the module's own schema.json, with its version filled in, and
// terraform-mapping.json, put beside this one when it is built.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// Set by the linker to the version in the schema.
var version string

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

func main() {
	provider.Serve("kubernetes", version, schema, mapping)
}
