// Package ask is how workflows ask services: at first within the workflow task, then for as long as it takes, and with errors that
// keep a service's code and reason and nothing that somebody wrote.
package ask
