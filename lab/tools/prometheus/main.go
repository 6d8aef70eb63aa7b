// Alerts reads metrics once from where they are, and says minute by minute which alerts of a rule
// file they would raise if they stayed as they are.
//
// Parser, storage, PromQL and alerting rules are Prometheus's own; only its clock is not: a minute
// passes between two evaluations without anybody waiting for it. Prometheus itself, built whole,
// takes several times as long to build and five real minutes to fire.
//
// A request comes on standard input and the answer goes to standard output, both JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"
)

type request struct {
	// Text of a rule file.
	Rules string
	// Bearer token that every target is asked with.
	Token   string
	Targets []target
	// Evaluations after the first, one a minute.
	Minutes int
}

type answer struct {
	// Series that each selector of the rules finds, by alert and selector.
	Selected map[string]map[string]int `json:"selected"`
	// What is pending or firing, minute by minute from 0 on.
	Minutes [][]alert `json:"minutes"`
}

type alert struct {
	State       string            `json:"state"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

func main() {
	var asked request
	err := json.NewDecoder(os.Stdin).Decode(&asked)
	if err == nil {
		var found answer
		if found, err = answerTo(context.Background(), asked); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(found)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answerTo(ctx context.Context, asked request) (found answer, err error) {
	samples, err := scrapeAll(ctx, asked.Targets, asked.Token)
	if err != nil {
		return found, err
	}
	directory, err := os.MkdirTemp("", "alerts-")
	if err != nil {
		return found, err
	}
	defer os.RemoveAll(directory)
	db, err := tsdb.Open(directory, nil, nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		return found, err
	}
	defer db.Close()

	reader := parser.NewParser(parser.Options{})
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples: 1e6, Timeout: time.Minute, LookbackDelta: 5 * time.Minute, Parser: reader,
	})
	query := rules.EngineQueryFunc(engine, db)
	all, err := alertsOf(asked.Rules, reader)
	if err != nil {
		return found, err
	}
	start := time.Now().Truncate(time.Minute)
	for minute := 0; minute <= asked.Minutes; minute++ {
		at := start.Add(time.Duration(minute) * time.Minute)
		if err := store(ctx, db, samples, at); err != nil {
			return found, err
		}
		active, err := evaluate(ctx, all, query, at)
		if err != nil {
			return found, err
		}
		found.Minutes = append(found.Minutes, active)
	}
	found.Selected, err = selected(ctx, all, query, start)
	return found, err
}

func evaluate(ctx context.Context, all []*rules.AlertingRule, query rules.QueryFunc, at time.Time) ([]alert, error) {
	active := []alert{}
	for _, rule := range all {
		if _, err := rule.Eval(ctx, 0, at, query, nil, 0); err != nil {
			return nil, fmt.Errorf("%s: %w", rule.Name(), err)
		}
		for _, one := range rule.ActiveAlerts() {
			active = append(active, alert{one.State.String(), one.Labels.Map(), one.Annotations.Map()})
		}
	}
	return active, nil
}

// Counts what each metric of each rule selects: a comparison that selects nothing never fires.
func selected(ctx context.Context, all []*rules.AlertingRule, query rules.QueryFunc, at time.Time) (map[string]map[string]int, error) {
	counts := map[string]map[string]int{}
	for _, rule := range all {
		if counts[rule.Name()] == nil {
			counts[rule.Name()] = map[string]int{}
		}
		var selectors []string
		parser.Inspect(rule.Query(), func(node parser.Node, _ []parser.Node) error {
			if selector, ok := node.(*parser.VectorSelector); ok {
				selectors = append(selectors, selector.String())
			}
			return nil
		})
		for _, selector := range selectors {
			series, err := query(ctx, selector, at)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", rule.Name(), err)
			}
			counts[rule.Name()][selector] = len(series)
		}
	}
	return counts, nil
}
