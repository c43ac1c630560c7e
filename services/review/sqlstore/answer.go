package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/review"
)

// askAnswer asks for what is known of what the customer answered about a cycle.
func askAnswer(ctx context.Context, tx *sqldb.Tx, said **review.Answer, complaint string, cycle int32) error {
	return tx.Ask(ctx, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		*said = &review.Answer{}
		return json.Unmarshal([]byte(text), *said)
	}, `SELECT details FROM answers WHERE complaint_id = ? AND cycle = ?`, complaint, cycle)
}

// keepAnswer keeps what is known after the answer of a change, which may come before there is a record of its cycle.
func keepAnswer(ctx context.Context, tx *sqldb.Tx, change review.Change, said *review.Answer) (*review.Answer, error) {
	known := change.Answer.Upon(said)
	text, err := json.Marshal(known)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	err = tx.Queue(ctx, nil, `INSERT INTO answers (complaint_id, cycle, details) VALUES (?, ?, ?)
		ON CONFLICT (complaint_id, cycle) DO UPDATE SET details = excluded.details`, change.Complaint, change.Cycle, string(text))
	if err != nil {
		return nil, fmt.Errorf("keep answer: %w", err)
	}
	return &known, nil
}
