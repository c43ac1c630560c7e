package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

const complaintColumns = `complaint_id, customer, cycle, end_state, receive_time, language, severity, target, restated, real_need, established,
	causes, scenario, motive, product, fault, responsibility, ruling, appealed, department, assignee, authority_waits, survivor,
	heard_understood, heard_assessed, heard_ruled, heard_attended, heard_assigned, heard_waited, also_about, words`

// askCase asks for a complaint; lock is the dialect's row lock or empty. The case stays empty when it is not known.
func askCase(ctx context.Context, tx *sqldb.Tx, c *remedy.Case, complaint, lock string) error {
	*c = remedy.Case{}
	return tx.Ask(ctx, func(scan func(dest ...any) error) (err error) {
		c.Complaint, err = scanComplaint(scan)
		return err
	}, `SELECT `+complaintColumns+` FROM complaints WHERE complaint_id = ?`+lock, complaint)
}

func scanComplaint(scan func(dest ...any) error) (c remedy.Complaint, err error) {
	f := &c.Facts
	var received int64
	var causes, about, words string
	err = scan(&c.ID, &c.Customer, &c.Cycle, &c.End, &received, &f.Language, &f.Severity, &f.Target, &f.Restated, &f.RealNeed,
		&f.Established, &causes, &f.Scenario, &f.Motive, &f.Product, &f.Fault, &f.Responsibility, &f.Ruling, &f.Appealed, &f.Department,
		&f.Assignee, &f.Authority, &f.Survivor, &f.Heard.Understood, &f.Heard.Assessed, &f.Heard.Ruled, &f.Heard.Attended,
		&f.Heard.Assigned, &f.Heard.Waited, &about, &words)
	f.ReceiveTime, f.RealNeed = sqldb.Time(received), none(f.RealNeed)
	if about != "" {
		f.AlsoAbout = strings.Fields(about)
	}
	f.Words = readWords(words)
	for word := range strings.FieldsSeq(causes) {
		if number, err := strconv.ParseInt(word, 10, 32); err == nil {
			f.Causes = append(f.Causes, policyv1.Cause(number))
		}
	}
	return c, err
}

func putComplaint(ctx context.Context, tx *sqldb.Tx, c remedy.Complaint) error {
	columns := strings.Split(complaintColumns, ",")
	var sets []string
	for i, name := range columns {
		if name = strings.TrimSpace(name); i > 0 {
			sets = append(sets, name+" = excluded."+name)
		}
	}
	f := c.Facts
	var causes []string
	for _, cause := range f.Causes {
		causes = append(causes, strconv.Itoa(int(cause)))
	}
	err := tx.Queue(ctx, nil, `INSERT INTO complaints (`+complaintColumns+`) VALUES (?`+strings.Repeat(", ?", len(columns)-1)+`)
		ON CONFLICT (complaint_id) DO UPDATE SET `+strings.Join(sets, ", "),
		c.ID, c.Customer, c.Cycle, int32(c.End), sqldb.Micros(f.ReceiveTime), f.Language, int32(f.Severity), f.Target, f.Restated,
		some(f.RealNeed), int32(f.Established), strings.Join(causes, " "), int32(f.Scenario), int32(f.Motive), f.Product, f.Fault,
		int32(f.Responsibility), f.Ruling, f.Appealed, f.Department, f.Assignee, f.Authority, f.Survivor, f.Heard.Understood,
		f.Heard.Assessed, f.Heard.Ruled, f.Heard.Attended, f.Heard.Assigned, f.Heard.Waited, strings.Join(f.AlsoAbout, " "),
		writeWords(f.Words))
	if err != nil {
		return fmt.Errorf("put complaint: %w", err)
	}
	return nil
}

// askItems asks for the requests within a complaint.
func askItems(ctx context.Context, tx *sqldb.Tx, c *remedy.Case, complaint string) error {
	return tx.Ask(ctx, func(scan func(...any) error) error {
		var item remedy.Item
		err := scan(&item.ID, &item.Open, &item.Heard)
		c.Items = append(c.Items, item)
		return err
	}, `SELECT item_id, open, heard FROM complaint_items WHERE complaint_id = ? ORDER BY item_id`, complaint)
}

// putItem writes what was heard of a request, unless something newer was.
func putItem(ctx context.Context, tx *sqldb.Tx, complaint string, item remedy.Item) error {
	err := tx.Queue(ctx, nil, `INSERT INTO complaint_items (complaint_id, item_id, open, heard) VALUES (?, ?, ?, ?)
		ON CONFLICT (complaint_id, item_id) DO UPDATE SET open = excluded.open, heard = excluded.heard
		WHERE complaint_items.heard < excluded.heard`, complaint, item.ID, item.Open, item.Heard)
	if err != nil {
		return fmt.Errorf("put item: %w", err)
	}
	return nil
}

// absorbItems gives a complaint the requests of one that went on in it. What is told of them from now on is newer.
func absorbItems(ctx context.Context, tx *sqldb.Tx, complaint, absorbed string) error {
	err := tx.Queue(ctx, nil, `INSERT INTO complaint_items (complaint_id, item_id, open, heard)
		SELECT CAST(? AS TEXT), item_id, open, 0 FROM complaint_items WHERE complaint_id = ?
		ON CONFLICT (complaint_id, item_id) DO NOTHING`, complaint, absorbed)
	if err != nil {
		return fmt.Errorf("absorb items: %w", err)
	}
	return nil
}
