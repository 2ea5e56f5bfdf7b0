"""The use cases, one module per noun. Each method is one transaction or says otherwise."""
