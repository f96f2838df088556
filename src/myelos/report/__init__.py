"""Human documents and figures."""
