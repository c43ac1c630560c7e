package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/services/internal/document"
	"github.com/redress-dev/redress/services/internal/holidays"
	"github.com/redress-dev/redress/services/internal/policy"
)

// calendarCommands are what can be done for the calendars of a policy.
type calendarCommands struct {
	Import calendarImport `cmd:"" help:"Write the years of a calendar from an iCalendar file or a table."`
}

// calendarImport reads a list of holidays and make-up workdays.
type calendarImport struct {
	Years []int  `name:"year" help:"Only days of this year; several times for several years." placeholder:"YYYY"`
	File  string `arg:"" help:"An iCalendar file, or a table with the columns date, until, kind, name, as."`
}

// Help implements kong's HelpProvider.
func (calendarImport) Help() string {
	return `What is printed belongs into a policy file, below the openings of a calendar. Events that are no days off are named on standard error.
Every mistake is a line with file, line and field. The exit code is 1 when the file is refused.`
}

func (c *calendarImport) run(_ context.Context, in *surroundings) error {
	text, err := document.Load(c.File)
	if err != nil {
		return misuse(err)
	}
	list, err := holidays.Read(text, c.File, c.Years...)
	if refused, ok := errors.AsType[*holidays.MistakesError](err); ok {
		fmt.Fprintln(in.stderr, refused)
		fmt.Fprintf(in.stderr, "redress: %s is refused: %s\n", c.File, count(len(refused.Lines), "mistake"))
		return silent{}
	}
	if err != nil {
		return err
	}
	for _, skipped := range list.Skipped {
		fmt.Fprintln(in.stderr, "skipped:", skipped)
	}
	years, err := policy.FormatYears(list.Years)
	if err != nil {
		return err
	}
	_, err = in.stdout.Write(years)
	return err
}
