"""From a notebook to a brief: parameters, blocks, HTML, PDF."""
