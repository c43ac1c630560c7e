package figures

import "time"

// Counts are what some records add up to. The zero value is that of no records.
type Counts struct {
	// Records is how many.
	Records int64
	// Escalated were brought before the ladder.
	Escalated int64
	// Repeated are a further cycle, or about a matter that was complained about before.
	Repeated int64
	// WithMoney were settled with money that was spent or is held; Money is how much, in the currency's smallest unit.
	WithMoney, Money int64
	// Promises had a verdict; Kept were kept in time.
	Promises, Kept int64
	// Contacted is how many customers were reached; ContactMillis are the milliseconds until then, of all of them.
	Contacted, ContactMillis int64
	// HandlingMillis are the milliseconds from beginning to end, of all records.
	HandlingMillis int64
	// Answered said how satisfied they are; Satisfied said 4 or 5.
	Answered, Satisfied int64
	// Lost have left.
	Lost int64
}

// Plus adds what other records add up to.
func (c Counts) Plus(o Counts) Counts {
	return Counts{
		Records: c.Records + o.Records, Escalated: c.Escalated + o.Escalated, Repeated: c.Repeated + o.Repeated,
		WithMoney: c.WithMoney + o.WithMoney, Money: c.Money + o.Money, Promises: c.Promises + o.Promises, Kept: c.Kept + o.Kept,
		Contacted: c.Contacted + o.Contacted, ContactMillis: c.ContactMillis + o.ContactMillis,
		HandlingMillis: c.HandlingMillis + o.HandlingMillis, Answered: c.Answered + o.Answered, Satisfied: c.Satisfied + o.Satisfied,
		Lost: c.Lost + o.Lost,
	}
}

// MeanContact is the mean time until the first contact, of those who were contacted; 0 of none.
func (c Counts) MeanContact() time.Duration { return mean(c.ContactMillis, c.Contacted) }

// MeanHandling is the mean time from beginning to end; 0 of none.
func (c Counts) MeanHandling() time.Duration { return mean(c.HandlingMillis, c.Records) }

// Rate is part of whole; 0 of nothing.
func Rate(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func mean(millis, of int64) time.Duration {
	if of == 0 {
		return 0
	}
	return time.Duration(millis/of) * time.Millisecond
}
