// Package pages writes reviews for people to look at: as a page of HTML with plots, drawn here, that needs no script, font or other file, and
// as a table of all its numbers.
package pages
