package complaint

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// accountOf is what followup's answer tells of how a duty's clock stands, without anything that somebody wrote; nil for one of before that was told.
func accountOf(d *followupv1.Duty) *eventv1.DutyAccount {
	if d.GetBudget() == nil {
		return nil
	}
	told := &eventv1.DutyAccount{
		Budget: d.GetBudget(), BudgetUsed: d.GetBudgetUsed(), FactTime: d.GetFactTime(), WishedFromTime: d.GetWishedFromTime(), NoticeTime: d.GetNoticeTime(),
	}
	for _, p := range d.GetPauses() {
		paused := &eventv1.PauseAccount{Reason: p.GetReason().String(), BeginTime: p.GetBeginTime(), UntilTime: p.GetLimitTime(), Measured: p.GetMeasured()}
		if p.GetEndTime() != nil {
			paused.UntilTime, paused.End = p.GetEndTime(), p.GetEnd().String()
		}
		told.Pauses = append(told.Pauses, paused)
	}
	for _, e := range d.GetExtensions() {
		told.Extensions = append(told.Extensions, &eventv1.ExtensionAccount{
			State: e.GetState().String(), DueTime: e.GetDueTime(), Requester: e.GetRequester(), Decider: e.GetDecider(),
		})
	}
	return told
}

// told keeps how the duty's clock stands, unless something newer is known. What comes without a time was told now.
func (d *duty) told(now time.Time, account *eventv1.DutyAccount) {
	if account == nil {
		return
	}
	if account.GetTellTime() == nil {
		account.TellTime = timestamppb.New(now)
	}
	if known := d.GetAccount().GetTellTime(); known == nil || !account.GetTellTime().AsTime().Before(known.AsTime()) {
		d.Account = account
	}
}

// used tells how much of the duty's time had passed when that was told last: "20h0m0s of 72h0m0s used at 2026-01-02 05:00 UTC"; empty when nobody
// said. It goes on with the clock, which only followup measures.
func (d *duty) used() string {
	account := d.GetAccount()
	if account.GetBudgetUsed() == nil {
		return ""
	}
	return fmt.Sprintf("%s of %s used at %s", account.GetBudgetUsed().AsDuration().Round(time.Second),
		account.GetBudget().AsDuration().Round(time.Second), stamp(account.GetTellTime().AsTime()))
}

// reasons tell of each duty why it stands as it does, as far as that was told.
func (c *cycle) reasons() []string {
	var lines []string
	for _, d := range c.duties {
		if why := d.why(); len(why) > 0 {
			lines = append(lines, "- "+d.what()+": "+strings.Join(why, "; "))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return append([]string{"", "Why:", ""}, lines...)
}

// why tells what met the duty, what moved it, and what stands in for it.
func (d *duty) why() []string {
	var parts []string
	account := d.GetAccount()
	if at := account.GetFactTime(); at != nil {
		parts = append(parts, "met by what happened at "+stamp(at.AsTime()))
	}
	if d.GetCorrected() {
		parts = append(parts, "another verdict stood before, until that was known")
	}
	if at := account.GetWishedFromTime(); at != nil {
		parts = append(parts, "the customer wished for that time, it was due at "+stamp(at.AsTime()))
	}
	if at := account.GetNoticeTime(); at != nil {
		parts = append(parts, "the customer could not be reached, a written notice stands in since "+stamp(at.AsTime()))
	}
	for _, p := range account.GetPauses() {
		parts = append(parts, pauseWords(p))
	}
	for _, e := range account.GetExtensions() {
		parts = append(parts, extensionWords(e))
	}
	return parts
}

func pauseWords(p *eventv1.PauseAccount) string {
	if p.GetEnd() == "" {
		return fmt.Sprintf("paused at %s for %s, until %s at the latest", stamp(p.GetBeginTime().AsTime()), word(p.GetReason()), stamp(p.GetUntilTime().AsTime()))
	}
	return fmt.Sprintf("paused from %s to %s for %s, %s as it counts, ended: %s", stamp(p.GetBeginTime().AsTime()), stamp(p.GetUntilTime().AsTime()),
		word(p.GetReason()), p.GetMeasured().AsDuration().Round(time.Second), word(p.GetEnd()))
}

func extensionWords(e *eventv1.ExtensionAccount) string {
	text := fmt.Sprintf("more time until %s asked for by %s: %s", stamp(e.GetDueTime().AsTime()), e.GetRequester(), word(e.GetState()))
	if e.GetDecider() != "" {
		text += " by " + e.GetDecider()
	}
	return text
}
