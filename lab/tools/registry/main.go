// Registry is an OCI registry that asks for a login and holds the Helm charts of a folder:
// registry DIR ADDRESS:PORT CERTIFICATE KEY LOGIN, where LOGIN is a file with user:password.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"sigs.k8s.io/yaml"
)

// As `helm push` writes them (helm.sh/helm/v4/pkg/registry).
const (
	configType types.MediaType = "application/vnd.cncf.helm.config.v1+json"
	chartType  types.MediaType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
)

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: registry DIR ADDRESS:PORT CERTIFICATE KEY LOGIN")
		os.Exit(2)
	}
	directory, address, certificate, key := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	login, err := os.ReadFile(os.Args[5])
	if err != nil {
		log.Fatal(err)
	}
	store := registry.New()
	if err := fill(store, directory); err != nil {
		log.Fatal(err)
	}
	handler := guarded(store, strings.TrimSpace(string(login)))
	log.Fatal(http.ListenAndServeTLS(address, certificate, key, handler))
}

// guarded lets nobody in but who has the login.
func guarded(next http.Handler, login string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		given := []byte(user + ":" + password)
		if subtle.ConstantTimeCompare(given, []byte(login)) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="lab"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`, http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fill pushes every chart of the folder under charts/, by a server of its own that nobody else sees.
func fill(store http.Handler, directory string) error {
	server := httptest.NewServer(store)
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	files, err := filepath.Glob(filepath.Join(directory, "*.tgz"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := push(host, file); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func push(host, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	metadata, err := chartMetadata(content)
	if err != nil {
		return err
	}
	image, err := chartImage(content, metadata)
	if err != nil {
		return err
	}
	tag, err := name.NewTag(fmt.Sprintf("%s/charts/%s:%s", host, metadata["name"], metadata["version"]), name.Insecure)
	if err != nil {
		return err
	}
	if err := remote.Write(tag, image); err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	log.Printf("charts/%s:%s@%s", metadata["name"], metadata["version"], digest)
	return nil
}

// chartImage is the manifest with the chart as its one layer and its Chart.yaml as configuration.
func chartImage(content []byte, metadata map[string]any) (v1.Image, error) {
	config, err := json.Marshal(metadata)
	if err != nil {
		return nil, err
	}
	layer := static.NewLayer(content, chartType)
	image, err := mutate.Append(mutate.MediaType(empty.Image, types.OCIManifestSchema1), mutate.Addendum{Layer: layer})
	if err != nil {
		return nil, err
	}
	return &chart{Image: image, config: config}, nil
}

// chart is an image whose configuration is none of a container.
type chart struct {
	v1.Image
	config []byte
}

func (c *chart) RawConfigFile() ([]byte, error) { return c.config, nil }

func (c *chart) ConfigName() (v1.Hash, error) {
	hash, _, err := v1.SHA256(bytes.NewReader(c.config))
	return hash, err
}

func (c *chart) Manifest() (*v1.Manifest, error) {
	manifest, err := c.Image.Manifest()
	if err != nil {
		return nil, err
	}
	hash, size, err := v1.SHA256(bytes.NewReader(c.config))
	if err != nil {
		return nil, err
	}
	own := manifest.DeepCopy()
	own.Config = v1.Descriptor{MediaType: configType, Size: size, Digest: hash}
	return own, nil
}

func (c *chart) RawManifest() ([]byte, error) {
	manifest, err := c.Manifest()
	if err != nil {
		return nil, err
	}
	return json.Marshal(manifest)
}

func (c *chart) Digest() (v1.Hash, error) {
	raw, err := c.RawManifest()
	if err != nil {
		return v1.Hash{}, err
	}
	hash, _, err := v1.SHA256(bytes.NewReader(raw))
	return hash, err
}

func (c *chart) Size() (int64, error) {
	raw, err := c.RawManifest()
	return int64(len(raw)), err
}

// chartMetadata reads the chart's own Chart.yaml; those of subcharts lie deeper.
func chartMetadata(content []byte) (map[string]any, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	archive := tar.NewReader(zipped)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("no Chart.yaml")
		}
		if err != nil {
			return nil, err
		}
		if strings.Count(header.Name, "/") != 1 || filepath.Base(header.Name) != "Chart.yaml" {
			continue
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			return nil, err
		}
		var metadata map[string]any
		return metadata, yaml.Unmarshal(text, &metadata)
	}
}
