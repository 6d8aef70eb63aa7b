package main

import (
	"errors"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

// The alerts of a rule file that Prometheus would load.
func alertsOf(text string, reader parser.Parser) ([]*rules.AlertingRule, error) {
	logger := promslog.NewNopLogger()
	file, problems := rulefmt.Parse([]byte(text), false, model.UTF8Validation, reader, logger)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	var all []*rules.AlertingRule
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			expression, err := reader.ParseExpr(rule.Expr)
			if err != nil {
				return nil, err
			}
			all = append(all, rules.NewAlertingRule(
				rule.Alert, expression, time.Duration(rule.For), time.Duration(rule.KeepFiringFor),
				labels.FromMap(rule.Labels), labels.FromMap(rule.Annotations),
				labels.EmptyLabels(), "", true, logger,
			))
		}
	}
	return all, nil
}
