package remedy

import (
	"slices"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// Authority is the matrix of who may grant what: kind × basis × amount × role (APPR-1).
type Authority struct {
	rows   []row
	levels []*policyv1.ApprovalLevel
}

// row allows a role, and those above it, a part of a remedy.
type row struct {
	role authv1.Role
	// kinds and bases are those it holds for; none for all.
	kinds []remedyv1.Option_Kind
	bases []remedyv1.Option_Basis
	upTo  Amount
	cash  bool
}

// share is what an option gives of one kind on one basis: what is given in several parts is one amount, or a limit would be no limit.
type share struct {
	kind  remedyv1.Option_Kind
	basis remedyv1.Option_Basis
	cash  bool
}

// Covers tells whether a role may grant all of an option. Whoever stands higher may grant what those below may.
func (r *Rules) Covers(role authv1.Role, o Option) bool {
	_, _, above := r.beyond(role, o)
	return !above
}

// limit is the most that a role may grant of something, and whether that is as much.
func (r *Rules) limit(role authv1.Role, what share, amount Amount) (most Amount, allowed bool) {
	for _, row := range r.Authority.rows {
		if row.role <= role && row.about(what) {
			most, allowed = largest(most, row.upTo), allowed || amount.Compare(row.upTo) <= 0
		}
	}
	return most, allowed
}

// above is what a role may not grant of these options: how much it is, and how much it may be.
func (r *Rules) above(role authv1.Role, options []Option) (amount, most Amount, above bool) {
	for _, o := range options {
		if asked, limit, more := r.beyond(role, o); more && (!above || asked.Compare(amount) > 0) {
			amount, most, above = asked, limit, true
		}
	}
	return amount, most, above
}

// beyond is what a role may not grant of an option, the most of it. What the complaint has already is judged as if it were parts of it. Each
// share has a limit; and whatever has the same limit or a lower one is that much together at most: or one amount could be given as several
// kinds, or in several proposals.
func (r *Rules) beyond(role authv1.Role, o Option) (amount, most Amount, above bool) {
	found := func(asked, limit Amount) {
		if !above || asked.Compare(amount) > 0 {
			amount, most, above = asked, limit, true
		}
	}
	type limited struct{ amount, limit Amount }
	var all []limited
	for what, asked := range r.shares(o) {
		limit, allowed := r.limit(role, what, asked)
		if !allowed {
			found(asked, limit)
		}
		all = append(all, limited{asked, limit})
	}
	for _, one := range all {
		var together Amount
		for _, other := range all {
			if other.limit.Compare(one.limit) <= 0 {
				together = together.Add(other.amount)
			}
		}
		if one.amount.Positive() && together.Compare(one.limit) > 0 {
			found(together, one.limit)
		}
	}
	return amount, most, above
}

// about tells whether a row is about something.
func (row row) about(what share) bool {
	return (row.cash || !what.cash) && (len(row.kinds) == 0 || slices.Contains(row.kinds, what.kind)) &&
		(len(row.bases) == 0 || slices.Contains(row.bases, what.basis))
}

// shares adds up what an option gives with what the complaint has already. What was recorded in another currency is of no share; it is never
// granted.
func (r *Rules) shares(o Option) map[share]Amount {
	shares := map[share]Amount{}
	for _, part := range o.all() {
		what := share{kind: part.Kind, basis: part.Basis, cash: part.Cash}
		shares[what] = shares[what].Add(r.Of(part.Amount))
	}
	return shares
}

// Level is the first level of approvals whose authority covers an option; 0 when who proposes it may grant it alone, which is what
// frontline may, and never cash, nor what is worth something that nobody has told. The last level may grant all.
func (r *Rules) Level(o Option) int {
	least := r.unknown(o)
	if least == 0 && r.Covers(authv1.Role_AGENT, o) && !slices.ContainsFunc(o.all(), func(p Part) bool { return p.Cash }) {
		return 0
	}
	for i, level := range r.Authority.levels {
		if i+1 >= least && r.Covers(level.GetAuthority(), o) {
			return i + 1
		}
	}
	return len(r.Authority.levels)
}

// LevelOf is the first level that covers every option of a proposal.
func (r *Rules) LevelOf(options []Option) int {
	level := 0
	for _, o := range options {
		level = max(level, r.Level(o))
	}
	return level
}

// all are the parts of an option, what its words promise beyond them, and what the complaint has already.
func (o Option) all() []Part { return slices.Concat(o.Parts, o.Words, o.Besides) }

// costs is what an option gives, and promises in words.
func (r *Rules) costs(o Option) Amount { return r.sum(Option{Parts: slices.Concat(o.Parts, o.Words)}) }

// Together is the most that any option costs with what the complaint has already, and the most of it that is cash. What costs nothing adds
// nothing to that.
func (r *Rules) Together(options []Option) (most, cash Amount) {
	for _, o := range options {
		if r.costs(o).Positive() {
			all := Option{Parts: o.all()}
			most, cash = largest(most, r.sum(all)), largest(cash, r.cash(all))
		}
	}
	return most, cash
}

// Judged is who has to approve a proposal; a level of 0 for nobody. What two levels approve nobody grants alone.
func (r *Rules) Judged(options []Option, beyond bool) Request {
	most, cash := r.Together(options)
	level := r.LevelOf(options)
	if r.muchOf(most, cash) {
		level = max(level, 1)
	}
	if level == 0 && !beyond {
		return Request{Needed: 0}
	}
	return r.Asked(level, most, cash, beyond)
}

// Asked is who has to approve what costs so much, of which so much is cash at most, and which a level covers: that level, or beyond a cap
// the last one (APPR-1). Of what is much the level above approves as well. There is none above the last one, so the one below it approves
// first: more money, or less room for it, never takes fewer people, nor any who may grant less.
func (r *Rules) Asked(level int, most, cash Amount, beyond bool) Request {
	asked := Request{Level: level, Needed: 1, Beyond: beyond}
	if beyond {
		asked.Level = r.last()
	}
	if r.muchOf(most, cash) && r.last() > 1 {
		asked.Level, asked.Needed = min(asked.Level, r.last()-1), 2
	}
	return asked
}

// muchOf tells whether two levels approve what costs so much.
func (r *Rules) muchOf(most, cash Amount) bool {
	return r.second != nil && most.Compare(*r.second) >= 0 || r.secondCash != nil && cash.Positive() && cash.Compare(*r.secondCash) >= 0
}

// authority is the role whose authority a level has, from 1.
func (r *Rules) authority(level int) authv1.Role { return r.Authority.levels[level-1].GetAuthority() }
