package sqlstore

import (
	"context"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/review"
)

// outcomeFields are what records are filtered by.
func outcomeFields() map[string]filter.Field {
	return map[string]filter.Field{
		"end_time":         {Column: "end_time", Kind: filter.Time},
		"start_time":       {Column: "start_time", Kind: filter.Time},
		"department":       {Column: "department"},
		"cause_department": {Column: "cause_department"},
		"category":         {Column: "category", Kind: filter.Enum, Names: policyv1.Scenario_value},
		"product":          {Column: "product"},
		"fault_code":       {Column: "fault_code"},
		"severity":         {Column: "severity", Kind: filter.Enum, Names: policyv1.Severity_value},
		"result":           {Column: "result", Kind: filter.Enum, Names: intakev1.Complaint_Outcome_value},
		"channel":          {Column: "channel", Kind: filter.Enum, Names: intakev1.Complaint_Channel_value},
		"responsibility":   {Column: "responsibility", Kind: filter.Enum, Names: policyv1.Responsibility_value},
		"retention":        {Column: "retention", Kind: filter.Enum, Names: reviewv1.Outcome_Retention_value},
		"satisfaction":     {Column: "satisfaction", Kind: filter.Int},
		"escalation_count": {Column: "escalation_count", Kind: filter.Int},
		"repeated":         {Column: "repeated", Kind: filter.Bool},
	}
}

// Outcomes implements review.OutcomeStore.
func (s *Store) Outcomes(ctx context.Context, query review.OutcomeQuery) (list []review.Outcome, err error) {
	where, err := filter.Parse(outcomeFields(), query.Filter)
	if err != nil {
		return nil, err
	}
	rest, args := `WHERE 1 = 1`+and(where), where.Args
	if query.Complaint != "" {
		rest, args = rest+` AND complaint_id = ?`, append(args, query.Complaint)
	}
	if !query.AllVersions {
		rest += ` AND superseded_by = 0`
	}
	if at := query.After; at != nil {
		rest, args = rest+` AND (end_time, sequence) < (?, ?)`, append(args, sqldb.Micros(at.EndTime), at.Sequence)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return tx.Ask(ctx, func(scan func(...any) error) error {
			o, err := scanOutcome(scan)
			list = append(list, o)
			return err
		}, `SELECT `+outcomeColumns+` FROM outcomes `+rest+` ORDER BY end_time DESC, sequence DESC LIMIT ?`, append(args, query.Limit)...)
	})
	return list, s.db.Failure(err)
}
