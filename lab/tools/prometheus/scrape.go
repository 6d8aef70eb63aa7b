package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

type target struct {
	URL string
	// What a monitor adds to every series; where the target says otherwise it is right (honorLabels).
	Labels map[string]string
}

type sample struct {
	labels labels.Labels
	value  float64
}

// As MetalLB's monitors ask: the certificate is one that the pod has made for itself.
var client = &http.Client{
	Timeout:   10 * time.Second,
	Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
}

func scrapeAll(ctx context.Context, targets []target, token string) (samples []sample, err error) {
	for _, one := range targets {
		found, err := scrape(ctx, one, token)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.URL, err)
		}
		samples = append(samples, found...)
	}
	return samples, nil
}

func scrape(ctx context.Context, from target, token string) ([]sample, error) {
	asked, err := http.NewRequestWithContext(ctx, http.MethodGet, from.URL, nil)
	if err != nil {
		return nil, err
	}
	asked.Header.Set("Accept", "text/plain;version=0.0.4")
	if token != "" {
		asked.Header.Set("Authorization", "Bearer "+token)
	}
	told, err := client.Do(asked)
	if err != nil {
		return nil, err
	}
	defer told.Body.Close()
	text, err := io.ReadAll(told.Body)
	if err != nil {
		return nil, err
	}
	if told.StatusCode != http.StatusOK {
		return nil, errors.New(told.Status)
	}
	return parse(text, told.Header.Get("Content-Type"), from.Labels)
}

func parse(text []byte, contentType string, added map[string]string) (samples []sample, err error) {
	parser, err := textparse.New(text, contentType, nil, textparse.ParserOptions{
		FallbackContentType: "text/plain",
	})
	if err != nil {
		return nil, err
	}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return samples, nil
		}
		if err != nil {
			return nil, err
		}
		if entry != textparse.EntrySeries {
			continue
		}
		var own labels.Labels
		parser.Labels(&own)
		_, _, value := parser.Series()
		whole := labels.NewBuilder(own)
		for name, text := range added {
			if own.Get(name) == "" {
				whole.Set(name, text)
			}
		}
		samples = append(samples, sample{whole.Labels(), value})
	}
}

func store(ctx context.Context, db *tsdb.DB, samples []sample, at time.Time) error {
	appender := db.Appender(ctx)
	for _, one := range samples {
		if _, err := appender.Append(storage.SeriesRef(0), one.labels, at.UnixMilli(), one.value); err != nil {
			return errors.Join(err, appender.Rollback())
		}
	}
	return appender.Commit()
}
