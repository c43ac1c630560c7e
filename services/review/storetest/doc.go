// Package storetest holds what every store of review must do.
package storetest
