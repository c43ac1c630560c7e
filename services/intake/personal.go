package intake

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/vault"
)

// Filing is what the customer said when complaining. It never changes, and it is
// stored sealed, as a whole.
type Filing struct {
	Statement string   `json:"statement"`
	Target    Target   `json:"target,omitzero"`
	Demands   []Demand `json:"demands,omitempty"`
	// Forwarding is who forwarded it.
	Forwarding Forwarding `json:"forwarding,omitzero"`
	// Origin is where it was imported from.
	Origin Origin `json:"origin,omitzero"`
}

// Origin is where an imported complaint was before.
type Origin struct {
	Import     string `json:"import,omitempty"`
	Source     string `json:"source,omitempty"`
	ExternalID string `json:"external_id,omitempty"`
	// Digest is that of the row, so that one that says something else is told.
	Digest string `json:"digest,omitempty"`
}

// Forwarding is who forwarded a complaint, and their own number for it.
type Forwarding struct {
	Authority string `json:"authority,omitempty"`
	Reference string `json:"reference,omitempty"`
}

// Target is what a complaint is about, but for its kind.
type Target struct {
	Order   string `json:"order,omitempty"`
	Product string `json:"product,omitempty"`
	Place   string `json:"place,omitempty"`
	Person  string `json:"person,omitempty"`
}

// Demand is something that the customer wants.
type Demand struct {
	Text string `json:"text,omitempty"`
	// Kind is a number of the contract's enum.
	Kind   int32 `json:"kind,omitempty"`
	Amount Money `json:"amount,omitzero"`
}

// Details is what may change in a complaint and identifies somebody, or may do
// so, being free text. It is stored sealed, as a whole.
type Details struct {
	Complainant Complainant `json:"complainant"`
	// Notes are internal, kept apart from what the customer said (REC-1).
	Notes string `json:"notes,omitempty"`
	// Resolution is what the customer was told at the end of this cycle.
	Resolution string `json:"resolution,omitempty"`
	// Objections are why the last request to resolve was refused.
	Objections []string `json:"objections,omitempty"`
	// Remarks are the words that went with each command, oldest first, so that
	// none is lost when the complaint goes on.
	Remarks []Remark `json:"remarks,omitempty"`
	// FurtherDemanded are the totals in further currencies than the first.
	FurtherDemanded []Money `json:"further_demanded,omitempty"`
	// Person is who of ours it turned out to be about: "agents/{agent}"; empty before. What the customer called them stays in the filing.
	Person string `json:"person,omitempty"`
	// AlsoAbout is who else is complained about: in the complaints that went on in this one, by a ruling, or named before: "agents/{agent}".
	AlsoAbout []string `json:"also_about,omitempty"`
	// Held is by when what was declared is due since the severity last changed; nil
	// before that.
	Held *Held `json:"held,omitempty"`
	// Settled is how it was settled in the conversation in which it was filed; nil when it was not (REC-10).
	Settled *Settled `json:"settled,omitempty"`
	// Spam says of a complaint that was closed as none that nobody is to be answered.
	Spam bool `json:"spam,omitempty"`
	// Ended is how each cycle ended after which it was opened again: a letter about it may be written later.
	Ended []Ended `json:"ended,omitempty"`
	// Owed are the promises that are neither kept nor released, by name, as followup tells.
	Owed []string `json:"owed,omitempty"`
	// Refusal is the last one that somebody has ended; nil for none that was told.
	Refusal *EndedRefusal `json:"refusal,omitempty"`
	// HeldAnswer is an answer to an authority that waits for a supervisor; nil for none (CALL-2).
	HeldAnswer *HeldAnswer `json:"held_answer,omitempty"`
}

// HeldAnswer is an answer to an authority that was dated back too far to count by itself: when it is said to have been given, and by whom.
type HeldAnswer struct {
	Time  time.Time `json:"time"`
	Agent string    `json:"agent"`
}

// Ended is how a cycle ended. The outcome is a number of the contract's enum, the result what the customer was told; silent is one of
// which nobody is told.
type Ended struct {
	Cycle   int32   `json:"cycle"`
	Outcome Outcome `json:"outcome"`
	Result  string  `json:"result,omitempty"`
	Silent  bool    `json:"silent,omitempty"`
}

// Settled is how a complaint was settled in the conversation in which it was filed.
type Settled struct {
	Time   time.Time `json:"time"`
	Answer string    `json:"answer"`
	Remedy string    `json:"remedy,omitempty"`
}

// Held is by when what was declared is due in a cycle.
type Held struct {
	Cycle   int32          `json:"cycle"`
	Targets policy.Targets `json:"targets"`
}

// Complainant is who complains and how to reach them.
type Complainant struct {
	DisplayName  string `json:"display_name,omitempty"`
	Phone        string `json:"phone,omitempty"`
	Email        string `json:"email,omitempty"`
	CustomerID   string `json:"customer_id,omitempty"`
	LanguageCode string `json:"language_code,omitempty"`
	// PreferredChannel is a number of the contract's enum.
	PreferredChannel int32  `json:"preferred_channel,omitempty"`
	ContactHours     string `json:"contact_hours,omitempty"`
	// TimeZone is by its name in the IANA database; empty for the firm's.
	TimeZone string `json:"time_zone,omitempty"`
}

// Remark is what somebody gave as reason or text of a command.
type Remark struct {
	// Command is what it was said with: "resolve", "close" …
	Command string    `json:"command"`
	Cycle   int32     `json:"cycle"`
	Actor   string    `json:"actor"`
	Time    time.Time `json:"time"`
	Text    string    `json:"text"`
}

// The places that sealed texts are bound to.
func filingPlace(complaint string) string    { return complaint + "#filing" }
func statementPlace(complaint string) string { return complaint + "#statement" }
func detailsPlace(complaint string) string   { return complaint + "#details" }
func reopeningPlace(complaint string, cycle int32) string {
	return fmt.Sprintf("%s#reopening-%d", complaint, cycle)
}
func textPlace(message string) string { return message + "#text" }

// seal serialises a value and encrypts it for its place.
func seal(key *vault.DataKey, value any, place string) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("intake: serialise %s: %w", place, err)
	}
	return key.Seal(plain, place)
}

// unseal is the inverse of seal. Without a key, which is the case after it was
// destroyed, value stays empty.
func unseal(key *vault.DataKey, sealed []byte, place string, value any) error {
	if key == nil || len(sealed) == 0 {
		return nil
	}
	plain, err := key.Open(sealed, place)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, value); err != nil {
		return fmt.Errorf("intake: read %s: %w", place, err)
	}
	return nil
}
